// What networks took to be made, and what more of them would take.

import Baselines
import Configurations
import Files
import Hypernetworks
import TargetNetworks

/// The cost of networks, counted from their configuration. FLOPs are multiply-adds times two of convolutions and matrix products.
public struct NetworkCost: Sendable, Equatable {
  /// Networks that were trained, one after the other or together: 1 of a hypernetwork.
  public let trained: Int
  /// Of the whole training.
  public let trainingFLOPs: Double
  /// Numbers that must be kept to have `networks` networks.
  public let storedNumbers: Int
  /// Of one more network: training it, drawing it, or generating it; where layers are normalized, measuring its statistics.
  public let flopsOfOneMore: Double

  /// Of `networks` networks made by a training of `configuration` that made `step` steps.
  init(_ configuration: Configuration, step: Int, networks: Int) throws {
    let target = try configuration.target()
    let statistics =
      target.isNormalized
      ? Double(configuration.trainingImageCount) * Double(target.forwardFLOPsPerImage) : 0
    let perNetwork = target.weightCount + target.statisticCount
    guard configuration.baseline.method != .none else {
      let layout = try configuration.hypernetworkLayout()
      trained = 1
      trainingFLOPs =
        Double(step)
        * layout.flopsPerStep(
          latents: configuration.training.latents, images: configuration.training.imagesPerLatent)
      storedNumbers = layout.parameters.count + layout.statistics.count
      flopsOfOneMore = layout.flopsPerNetwork + statistics
      return
    }
    let baseline = configuration.baseline
    let count = baseline.memberCount
    trained = count
    let model = configuration.weightModel(target)
    let drawing =
      model.map {
        Double(baseline.batch / baseline.sliceImages) * $0.flopsPerNetwork + $0.flopsPerPenalty
      } ?? 0
    let perStep = Double(baseline.batch) * Double(target.trainingFLOPsPerImage) + 3 * drawing
    trainingFLOPs = Double(step) * Double(count) * perStep
    let weights = target.weightCount
    switch baseline.method {
    case .none, .sgd, .deepEnsemble, .swa:
      storedNumbers = networks * perNetwork
      flopsOfOneMore = Double(baseline.steps) * perStep + statistics
    case .sgdSampler:
      storedNumbers = networks * perNetwork
      let steps = baseline.iterates > 1 ? configuration.thinningSteps : baseline.steps
      flopsOfOneMore = Double(steps) * perStep + statistics
    case .snapshot:
      storedNumbers = networks * perNetwork
      flopsOfOneMore = Double(baseline.cycleLength) * perStep + statistics
    case .swag:
      storedNumbers = count * weights * (2 + baseline.deviations)
      flopsOfOneMore = 2 * Double(weights) * Double(baseline.deviations + 1) + statistics
    case .average:
      storedNumbers = perNetwork
      flopsOfOneMore = Double(baseline.steps) * Double(count) * perStep + statistics
    case .gaussianFit:
      storedNumbers = 2 * weights
      flopsOfOneMore = 2 * Double(weights) + statistics
    case .mnfg, .bhn:
      storedNumbers = count * (model?.generatingCount ?? 0)
      flopsOfOneMore = model?.flopsPerNetwork ?? 0
    case .weightNoise, .dropout:
      storedNumbers = count * weights
      flopsOfOneMore = 2 * Double(weights) + statistics
    }
  }

  /// `evaluate --json`'s `cost`, with the seconds of processors where they are known.
  public func json(coreSeconds: Double?) -> JSONValue {
    .object([
      ("trained", .integer(trained)), ("training_flops", .number(trainingFLOPs)),
      ("core_seconds", coreSeconds.map { .number($0) } ?? .null),
      ("stored_numbers", .integer(storedNumbers)), ("one_more_flops", .number(flopsOfOneMore)),
    ])
  }
}

extension HypernetworkLayout {
  /// Of one training step: matrix products and convolutions of hypernetwork and target networks, forward and backward, the
  /// images' own gradients left out.
  package func flopsPerStep(latents: Int, images: Int) -> Double {
    Double(latents * images) * Double(target.trainingFLOPsPerImage)
      + 3 * Double(latents) * flopsPerNetwork
  }

  /// Of generating one network.
  var flopsPerNetwork: Double {
    let multiplications = ([extractor] + generators).reduce(0) { sum, perceptron in
      sum + perceptron.rowsPerLatent * perceptron.weights.reduce(0) { $0 + $1.count }
    }
    return 2 * Double(multiplications)
  }
}
