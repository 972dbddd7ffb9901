// The sub-networks of a hypernetwork as operators.

import Hypernetworks
import Numerics

/// Appends perceptrons with their running averages, as single networks are generated (``WeightSampler``).
struct PerceptronGraph {
  let parameters: HypernetworkParameters
  let builder: GraphBuilder

  /// From rows of `perceptron.inputWidth` numbers to rows of `perceptron.outputWidth`.
  func append(_ perceptron: Perceptron, input: String) -> String {
    let architecture = parameters.layout.architecture
    var current = input
    for layer in 0..<perceptron.depth {
      let weight = perceptron.weights[layer]
      let next = builder.add(
        "Gemm",
        [
          current,
          builder.constant(weight.name, shape: weight.shape, parameters.values.slice(weight.range)),
        ], ["transB": .integer(1)])
      if layer == perceptron.depth - 1 { return next }
      let active = builder.add("LeakyRelu", [next], ["alpha": .float(architecture.leak)])
      let normalized = normalize(active, perceptron, behind: layer)
      current =
        perceptron.skips[layer] ? builder.add("Add", [normalized, current]) : normalized
    }
    return current
  }

  /// (a - mean) * factor + shift. The standard's BatchNormalization would subtract mean * factor, which takes digits where what
  /// rows have in common is larger than what differs.
  private func normalize(_ activations: String, _ perceptron: Perceptron, behind layer: Int)
    -> String
  {
    let width = perceptron.widths[layer + 1]
    let numbers = SharedBuffer<Float>(count: NormalizedFeatures.count(width: width))
    let features = parameters.runningFeatures(perceptron, behind: layer, in: numbers.view)
    let name = perceptron.scales[layer].name.dropLast("scale".count)
    func constant(_ kind: String, _ values: FloatView) -> String {
      builder.constant(name + kind, shape: [width], values.slice(0, width))
    }
    return withExtendedLifetime(numbers) {
      let centered = builder.add("Sub", [activations, constant("mean", features.means)])
      let scaled = builder.add("Mul", [centered, constant("factor", features.factors)])
      return builder.add("Add", [scaled, constant("shift", features.shifts)])
    }
  }
}
