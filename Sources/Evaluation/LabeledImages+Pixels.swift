// Images in memory, as engines read them.

import Datasets
import Numerics

extension LabeledImages {
  /// The first `count` images, (image, channel, row, column).
  public func pixels(first count: Int) -> SharedBuffer<Float> {
    let pixels = SharedBuffer<Float>(count: count * shape.count)
    for index in 0..<count {
      copyImage(index, into: pixels.view.slice(index * shape.count, shape.count))
    }
    return pixels
  }
}
