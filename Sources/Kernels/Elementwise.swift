// Loops over equally laid out tensors, sixteen elements at a time.

import TensorCore

/// Elementwise operations on views of equal count.
public enum Elementwise {
  /// target = max(source, 0); `target` may be `source`.
  public static func rectify(_ source: FloatView, into target: FloatView) {
    precondition(source.count == target.count, "rectify: \(source.count) into \(target.count)")
    var index = 0
    while index + 16 <= target.count {
      let value = source.vector16(at: index)
      target.setVector16(value.replacing(with: 0, where: value .< 0), at: index)
      index += 16
    }
    while index < target.count {
      target[index] = source[index] < 0 ? 0 : source[index]
      index += 1
    }
  }

  /// ReLU's gradient: target = gradient where output > 0, else 0; `target` may be `gradient`.
  public static func rectifyGradient(
    _ gradient: FloatView, output: FloatView, into target: FloatView
  ) {
    precondition(
      gradient.count == target.count && output.count == target.count,
      "rectifyGradient: \(gradient.count) and \(output.count) into \(target.count)")
    var index = 0
    while index + 16 <= target.count {
      let value = SIMD16<Float>.zero.replacing(
        with: gradient.vector16(at: index), where: output.vector16(at: index) .> 0)
      target.setVector16(value, at: index)
      index += 16
    }
    while index < target.count {
      target[index] = output[index] > 0 ? gradient[index] : 0
      index += 1
    }
  }
}
