// Names, shapes and places of what is saved.

import Numerics

/// A tensor as a checkpoint names it; `values` is where it is saved from or loaded to.
public struct CheckpointTensor: Sendable {
  /// A path within the file, such as `hypernetwork/extractor/layer1/weight`.
  public let name: String
  public let shape: [Int]
  public let values: FloatView

  public init(name: String, shape: [Int], values: FloatView) {
    precondition(
      !shape.isEmpty && shape.reduce(1, *) == values.count,
      "CheckpointTensor \(name): shape \(shape) for \(values.count) values")
    (self.name, self.shape, self.values) = (name, shape, values)
  }
}
