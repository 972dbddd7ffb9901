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
    // The columns of the result whose pixels are inside, and the first one's pixel.
    let shift = isMirrored ? -columnShift : columnShift
    let first = min(max(0, -shift), width)
    let inside = first..<max(first, min(width, width - shift))
    let begin = columnShift + (isMirrored ? width - 1 - first : first)
    for plane in 0..<shape.channels {
      for row in 0..<height {
        let target = values.slice((plane * height + row) * width, width)
        let source = row + rowShift
        guard source >= 0 && source < height else {
          target.fill(0)
          continue
        }
        target.slice(0, first).fill(0)
        target.slice(inside.upperBound, width - inside.upperBound).fill(0)
        let run = target.slice(inside)
        let pixel = (plane * height + source) * width + begin
        if isMirrored {
          for column in 0..<run.count { run[column] = value(image[pixel &- column]) }
        } else {
          for column in 0..<run.count { run[column] = value(image[pixel &+ column]) }
        }
      }
    }
  }
}
