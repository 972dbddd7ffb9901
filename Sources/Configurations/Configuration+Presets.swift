// The presets the program carries.

import Hypernetworks
import TargetNetworks
import TensorCore

extension Configuration {
  public static let presetNames = ["quickstart", "mnist"]

  /// The preset of that name.
  ///
  /// - Throws: ``ConfigurationError`` that lists the presets there are.
  public static func preset(_ name: String) throws(ConfigurationError) -> Configuration {
    switch name {
    case "quickstart": return quickstart
    case "mnist": return mnist
    default:
      throw ConfigurationError([
        Problem(
          place: nil, key: "preset",
          text: "there is no preset '\(name)' (presets: \(presetNames.joined(separator: ", ")))")
      ])
    }
  }

  /// The published MNIST experiment.
  static let mnist = Configuration(
    training: Training(
      steps: 13_000, seed: 1, latents: 32, imagesPerLatent: 32, learningRate: 3e-4,
      learningRateDecay: 0.99998, maxSkippedSteps: 10),
    objective: Objective(
      lambda: 1000, lambdaGrowth: 1, diversity: .entropy,
      entropy: Objective.Entropy(metric: .l1, candidates: 0, k: 1), probeImages: 32, gauge: .scale),
    distribution: Distribution(
      shards: 8, exchange: .auto, reduction: .reproducible, stallSeconds: 300),
    validation: Validation(every: 1000, samples: 200),
    checkpoint: Checkpoint(every: 500, minutes: 10, keep: 3),
    metrics: Metrics(every: 10),
    data: Data(name: "mnist", validationCount: 5000, augment: .none, normalize: .none),
    hypernetwork: HypernetworkArchitecture(
      latentSize: 300, prior: .uniform, codeSize: 15, extractorHidden: [300, 300],
      generatorHidden: [[40, 40], [100, 100], [100, 100], [60, 60]]),
    target: [
      .convolution(filters: 32, size: 5, stride: 1, padding: .same), .relu,
      .maxPool(size: 2, stride: 2),
      .convolution(filters: 16, size: 5, stride: 1, padding: .same), .relu,
      .maxPool(size: 2, stride: 2),
      .fullyConnected(outputs: 8), .relu,
      .fullyConnected(outputs: 10),
    ])

  /// The same networks on images the program draws itself, for a first run of a few minutes.
  static let quickstart = {
    var configuration = mnist
    configuration.training.steps = 900
    configuration.validation = Validation(every: 300, samples: 50)
    configuration.checkpoint.every = 300
    configuration.data = Data(
      name: "glyphs", validationCount: 1000, augment: .none, normalize: .none)
    return configuration
  }()
}
