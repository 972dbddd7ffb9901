// What goes into networks and what they say, as operators and as a file's inputs and outputs.

import Numerics
import TargetNetworks

/// The ends of a graph that runs networks.
struct EnsembleGraph {
  let target: TargetArchitecture
  let units: DataUnits
  let builder: GraphBuilder

  /// What the networks run on.
  func inputs() -> ONNXValue { inputs("inputs", count: "batch", inputText) }

  /// What normalizations take means and variances from.
  func statisticsInputs() -> ONNXValue {
    inputs(
      "statistics_inputs", count: "statistics_batch",
      "training images, as inputs, from which each network's normalizations take means and "
        + "variances, in one batch")
  }

  private var inputText: String {
    (target.input.isRow
      ? "rows of features" : "images (image, channel, row, column)")
      + (units.areBytes ? ", each number from 0 to 1 (byte / 255)" : ", as the data set has them")
      + (units.inputs == nil ? "" : "; the graph normalizes them")
  }

  private func inputs(_ name: String, count: String, _ documentation: String) -> ONNXValue {
    let shape = target.input
    let one = shape.isRow ? [shape.channels] : [shape.channels, shape.height, shape.width]
    return builder.input(name, [.named(count)] + one.map { .fixed($0) }, documentation)
  }

  /// As networks are trained on them.
  func normalize(_ inputs: ONNXValue) -> String {
    guard let normalization = units.inputs else { return inputs.name }
    let shape = [normalization.means.count] + (target.input.isRow ? [] : [1, 1])
    let means = builder.constant("normalization/means", shape: shape, normalization.means)
    let factors = builder.constant(
      "normalization/factors", shape: shape, normalization.deviations.map { 1 / $0 })
    return builder.add("Mul", [builder.add("Sub", [inputs.name, means]), factors])
  }

  /// What networks' outputs are called.
  var outputName: String { target.loss.isRegression ? "outputs" : "logits" }

  /// Appends what is made of `outputs`, (images, networks, outputs). `networks` is their dimension.
  func append(outputs: String, networks: ONNXDimension) -> [ONNXValue] {
    let own = ONNXValue(
      name: outputs, shape: [.named("batch"), networks, .fixed(target.classCount)],
      documentation: "each network's \(outputName)")
    return [own]
      + (target.loss.isRegression
        ? appendNumbers(of: outputs, networks: networks)
        : appendClasses(of: outputs, networks: networks))
  }

  private func appendClasses(of logits: String, networks: ONNXDimension) -> [ONNXValue] {
    let probabilities = builder.add(
      "Softmax", [logits], ["axis": .integer(2)], as: "probabilities")
    let mean = builder.mean(probabilities, axes: [1], keeps: false, as: "mean_probabilities")
    let classes = ONNXDimension.fixed(target.classCount)
    return [
      ONNXValue(
        name: probabilities, shape: [.named("batch"), networks, classes],
        documentation: "each network's probabilities of the classes"),
      ONNXValue(
        name: mean, shape: [.named("batch"), classes],
        documentation: "the ensemble's: the mean of the networks' probabilities"),
    ]
  }
}

extension ImageShape {
  /// Whether an image is a row of features, each a channel of one pixel.
  var isRow: Bool { height == 1 && width == 1 }
}
