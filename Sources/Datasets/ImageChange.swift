// What augmentation does to one image.

import Numerics

/// A shift by whole pixels, then a reflection left to right.
public struct ImageChange: Sendable, Equatable {
  /// Row r of the result is row r + rowShift of the image; columns likewise.
  public var rowShift = 0
  public var columnShift = 0
  public var isMirrored = false

  public init() {}

  public init(rowShift: Int, columnShift: Int, isMirrored: Bool) {
    self.rowShift = rowShift
    self.columnShift = columnShift
    self.isMirrored = isMirrored
  }

  /// Overwrites `values` with the changed image, each of its numbers as `value` of it; outside the image all is 0.
  @inline(__always)
  func copy<Element: Numeric>(
    _ image: UnsafeBufferPointer<Element>, _ shape: ImageShape, into values: FloatView,
    value: (Element) -> Float
  ) {
    let (height, width) = (shape.height, shape.width)
    for row in 0..<shape.channels * height {
      let source = row % height + rowShift
      let isInside = source >= 0 && source < height
      let first = (row / height * height + source) * width
      for column in 0..<width {
        let from = (isMirrored ? width - 1 - column : column) + columnShift
        let pixel = isInside && from >= 0 && from < width ? image[first + from] : 0
        values[row * width + column] = value(pixel)
      }
    }
  }
}
