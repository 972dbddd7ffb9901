// A configuration to begin with, for a data set of one's own.

import Datasets

/// Small networks that fit a data file, and a training of some minutes. Classes are learned by four modes that make one ensemble, as
/// `mnist-tuned` trains them; numbers with a variance each, as the tables of docs/results/regression.md.
public enum StartingConfiguration {
  /// What differs between classes and numbers.
  private struct Recipe {
    let preset: String
    let training: String
    var objective: [String] = []
    let validationEvery: Int
    let hypernetwork: String
    /// Of a network.
    let outputs: Int
  }

  private static func recipe(for set: DatasetDescription) -> Recipe {
    switch set.answers {
    case .labels:
      return Recipe(
        preset: "mnist-tuned", training: "steps: 1000, latents: 16, warmupSteps: 100",
        validationEvery: 250, hypernetwork: "latentSize: 32, extractorHidden: [64, 64]",
        outputs: set.outputCount)
    case .targets:
      // Each network sees every row some sixteen times: small tables are soon learned by heart.
      let steps = min(3000, max(150, set.trainingCount / 100 * 50))
      return Recipe(
        preset: "regression-1d", training: "steps: \(steps), gradientNorm: 5",
        objective: ["objective: {noise: output, lambda: 500}"], validationEvery: steps / 5,
        hypernetwork: "generation: [], center: true, initialization: target-small",
        outputs: 2 * set.outputCount)
    }
  }

  /// YAML for `set`, which lies at `path`.
  public static func yaml(for set: DatasetDescription, path: String) -> String {
    let recipe = recipe(for: set)
    let layers = layers(for: set, outputs: recipe.outputs)
    let weighted = layers.count {
      $0.hasPrefix("convolution") || $0.hasPrefix("fullyConnected")
    }
    let generators = Array(repeating: "[32]", count: weighted).joined(separator: ", ")
    let held = set.ownValidationCount == nil ? max(1, min(5000, set.trainingCount / 10)) : 0
    let images = min(32, set.trainingCount - held)
    let lines =
      [
        "# Networks for \(path), to begin with: every setting is in docs/configuration.md.",
        "preset: \(recipe.preset)",
        "training: {\(recipe.training), imagesPerLatent: \(images)}",
      ] + recipe.objective + [
        "data: {name: file, path: \(ValueFormat.text.write(path).joined), validationCount: \(held), augment: none, normalize: channel}",
        "validation: {every: \(recipe.validationEvery), samples: 20}", "target:", "  layers:",
      ] + layers.map { "    - \($0)" } + [
        "hypernetwork: {\(recipe.hypernetwork), generatorHidden: [\(generators)]}"
      ]
    return lines.map { $0 + "\n" }.joined()
  }

  /// Two layers behind features; behind images convolutions, pooled while there is room.
  private static func layers(for set: DatasetDescription, outputs: Int) -> [String] {
    let last = "fullyConnected: {outputs: \(outputs)}"
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
