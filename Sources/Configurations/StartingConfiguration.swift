// A configuration to begin with, for a data set of one's own.

import Datasets

/// Small networks that fit a data file, and a training of some minutes: four modes that make one ensemble, as `mnist-tuned`
/// trains them.
public enum StartingConfiguration {
  /// YAML for `set`, which lies at `path`.
  public static func yaml(for set: DatasetDescription, path: String) -> String {
    let layers = layers(for: set)
    let weighted = layers.count {
      $0.hasPrefix("convolution") || $0.hasPrefix("fullyConnected")
    }
    let generators = Array(repeating: "[32]", count: weighted).joined(separator: ", ")
    let held = set.ownValidationCount == nil ? max(1, min(5000, set.trainingCount / 10)) : 0
    return """
      # Networks for \(path), to begin with: every setting is in docs/configuration.md.
      preset: mnist-tuned
      training: {steps: 1000, latents: 16, imagesPerLatent: \(min(32, set.trainingCount - held)), warmupSteps: 100}
      \(objective(for: set))data: {name: file, path: \(ValueFormat.text.write(path).joined), validationCount: \(held), augment: none, normalize: channel}
      validation: {every: 250, samples: 20}
      target:
        layers:
      \(layers.map { "    - \($0)\n" }.joined())hypernetwork: {latentSize: 32, extractorHidden: [64, 64], generatorHidden: [\(generators)]}

      """
  }

  private static func objective(for set: DatasetDescription) -> String {
    if case .labels = set.answers { return "" }
    return "objective: {loss: squared-error}\n"
  }

  /// Two layers behind features; behind images convolutions, pooled while there is room.
  private static func layers(for set: DatasetDescription) -> [String] {
    let last = "fullyConnected: {outputs: \(set.outputCount)}"
    let hidden = ["fullyConnected: {outputs: 32}", "relu"]
    let (height, width) = (set.shape.height, set.shape.width)
    guard min(height, width) >= 4 else { return hidden + hidden + [last] }
    var layers: [String] = []
    var side = min(height, width)
    for filters in [16, 32] where side >= 4 {
      layers += [
        "convolution: {filters: \(filters), size: 3, stride: 1, padding: same}", "relu",
        "maxPool: {size: 2, stride: 2}",
      ]
      side /= 2
    }
    return layers + hidden + [last]
  }
}
