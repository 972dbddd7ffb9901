// The models that a configuration describes.

import Configurations
import Datasets
import Hypernetworks
import TargetNetworks
import ToyProblem

extension Configuration {
  /// The hypernetwork and target network of this configuration's data set.
  public func hypernetworkLayout() throws -> HypernetworkLayout {
    try HypernetworkLayout(hypernetwork, target: try target())
  }

  /// The target network on this configuration's data set.
  public func target() throws -> TargetArchitecture {
    guard problem == .networks else {
      throw ModelError(
        description: "the toy problem generates points of a plane and no networks; look at it with "
          + "hyperdist analyze toy CHECKPOINT")
    }
    let images = try data.geometry()
    return try targetArchitecture(input: images.shape)
  }

  /// Images of a batch from which normalizations take means and variances.
  package var statisticsBatch: Int {
    baseline.method == .none ? training.imagesPerLatent : baseline.sliceImages
  }

  /// What a run's checkpoints hold to generate networks from, the best last.
  package var parameterKinds: [ParameterKind] {
    training.averageDecay > 0 ? [.last, .average] : [.last]
  }

  /// The mixture, a function of `training.seed`, and the loss on it.
  package var toyObjective: ToyObjective {
    ToyObjective(
      mixture: GaussianMixture(count: toy.components, seed: training.seed),
      entropyWeight: toy.entropyWeight, normWeight: toy.normWeight)
  }
}
