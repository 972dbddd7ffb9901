// The toy problem, as `analyze toy` looks at it.

import Checkpointing
import Numerics
import ToyProblem

/// The toy problem's curve read back from a checkpoint.
public struct TrainedToy {
  public let header: CheckpointHeader
  public let curve: ToyCurve
  public let parameters: SharedBuffer<Float>
  public let mixture: GaussianMixture

  /// Reads the curve's parameters. Local.
  public init(checkpoint path: String) throws {
    self = try CheckpointRescue.reading(path) { try Self(reading: path) }
  }

  private init(reading path: String) throws {
    header = try CheckpointFile.readHeader(path)
    let configuration = try header.parsedConfiguration(of: path)
    guard configuration.problem == .toy else {
      throw ModelError(
        description: "\(path): a checkpoint of networks; the toy problem's is made by "
          + "hyperdist train --preset toy")
    }
    curve = ToyCurve(hidden: configuration.toy.hidden)
    parameters = SharedBuffer(count: curve.layout.count)
    mixture = configuration.toyObjective.mixture
    try CheckpointFile.read(
      path, header: header, shardCount: configuration.shardCount,
      tensors: ModelTensors.of(curve, parameters.view))
  }
}
