// Images in Double, for reference computations.

import Numerics

/// (image, channel, row, column) numbers, row-major.
public struct NaiveImages: Equatable, Sendable {
  public var count: Int
  public var shape: ImageShape
  public var values: [Double]

  public init(count: Int, shape: ImageShape, values: [Double]) {
    precondition(values.count == count * shape.count)
    self.count = count
    self.shape = shape
    self.values = values
  }

  /// All zero.
  public init(count: Int, shape: ImageShape) {
    self.init(
      count: count, shape: shape, values: [Double](repeating: 0, count: count * shape.count))
  }

  public func index(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    ((image * shape.channels + channel) * shape.height + row) * shape.width + column
  }

  public subscript(image: Int, channel: Int, row: Int, column: Int) -> Double {
    get { values[index(image, channel, row, column)] }
    set { values[index(image, channel, row, column)] = newValue }
  }
}
