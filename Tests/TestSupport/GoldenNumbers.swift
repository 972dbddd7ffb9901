// The inputs of golden values, which Tests/HypernetworksTests/Golden/README.md defines.

import Numerics

/// Numbers that a hash makes of a tensor's number and an index, the same here and in the Python scripts.
public enum GoldenNumbers {
  /// In [0, 1), 24 bits.
  public static func uniform(tensor: Int, index: Int) -> Float {
    var x = UInt32(truncatingIfNeeded: tensor) &* 0x9E37_79B9 &+ UInt32(truncatingIfNeeded: index)
    x ^= x >> 16
    x = x &* 0x7FEB_352D
    x ^= x >> 15
    x = x &* 0x846C_A68B
    x ^= x >> 16
    return Float(x >> 8) * 0x1p-24
  }

  /// In [-1, 1).
  public static func signed(tensor: Int, index: Int) -> Float {
    2 * uniform(tensor: tensor, index: index) - 1
  }

  /// One of 0 ..< 10.
  public static func label(tensor: Int, index: Int) -> ClassLabel {
    ClassLabel(10 * uniform(tensor: tensor, index: index))
  }

  /// Overwrites a hypernetwork's parameters: tensors 1, 2, ... in the order of `layout`.
  public static func fill(_ values: FloatView, _ layout: ParameterLayout) {
    for (number, entry) in layout.entries.enumerated() {
      let tensor = values.slice(entry.range)
      for k in 0..<entry.count {
        tensor[k] =
          if entry.name == "center/weight" {
            signed(tensor: number + 1, index: k) / 8
          } else if entry.shape.count == 2 {
            signed(tensor: number + 1, index: k)
              * Float(0.3 / Double(entry.shape[1]).squareRoot())
          } else {
            uniform(tensor: number + 1, index: k) + (entry.name.hasSuffix("scale") ? 0.5 : -0.5)
          }
      }
    }
  }
}
