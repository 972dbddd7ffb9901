// What goes into networks and what they say, as operators and as a file's inputs and outputs.

import Datasets
import Numerics
import TargetNetworks

/// The ends of a graph that runs networks.
struct EnsembleGraph {
  let target: TargetArchitecture
  /// What the data set's inputs are normalized by; nil: not at all.
  let normalization: ChannelNormalization?
  let builder: GraphBuilder

  /// What the networks run on.
  func inputs() -> ONNXValue {
    images(
      "inputs", count: "batch",
      "images (image, channel, row, column) with pixels from 0 to 1 (byte / 255)"
        + (normalization == nil ? "" : "; the graph normalizes channels"))
  }

  /// What normalizations take means and variances from.
  func statisticsInputs() -> ONNXValue {
    images(
      "statistics_inputs", count: "statistics_batch",
      "training images, as inputs, from which each network's normalizations take means and "
        + "variances, in one batch")
  }

  private func images(_ name: String, count: String, _ documentation: String) -> ONNXValue {
    let shape = target.input
    return builder.input(
      name, [.named(count)] + [shape.channels, shape.height, shape.width].map { .fixed($0) },
      documentation)
  }

  /// As networks are trained on them.
  func normalize(_ images: ONNXValue) -> String {
    guard let normalization else { return images.name }
    let shape = [normalization.means.count, 1, 1]
    let means = builder.constant("normalization/means", shape: shape, normalization.means)
    let factors = builder.constant(
      "normalization/factors", shape: shape, normalization.deviations.map { 1 / $0 })
    return builder.add("Mul", [builder.add("Sub", [images.name, means]), factors])
  }

  /// Appends what is made of `logits`, (images, networks, classes). `networks` is their dimension.
  func append(logits: String, networks: ONNXDimension) -> [ONNXValue] {
    let probabilities = builder.add(
      "Softmax", [logits], ["axis": .integer(2)], as: "probabilities")
    let mean = builder.mean(probabilities, axes: [1], keeps: false, as: "mean_probabilities")
    let classes = ONNXDimension.fixed(target.classCount)
    return [
      ONNXValue(
        name: "logits", shape: [.named("batch"), networks, classes],
        documentation: "each network's logits"),
      ONNXValue(
        name: probabilities, shape: [.named("batch"), networks, classes],
        documentation: "each network's probabilities of the classes"),
      ONNXValue(
        name: mean, shape: [.named("batch"), classes],
        documentation: "the ensemble's: the mean of the networks' probabilities"),
    ]
  }
}
