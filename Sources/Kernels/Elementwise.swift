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

  /// ``rectify(_:into:)`` of tensors laid out alike.
  static func rectify(_ source: Tensor, into target: Tensor) {
    switch source.elementType {
    case .float32: rectify(source.values, into: target.values)
    case .bfloat16:
      let (x, y) = (source.lanes(BFloat16View.self), target.lanes(BFloat16View.self))
      for index in stride(from: 0, to: x.count, by: 16) {
        let value = x.vector16(at: index)
        y.setVector16(value.replacing(with: 0, where: value .< 0), at: index)
      }
    }
  }

  /// ``rectifyGradient(_:output:into:)`` of tensors laid out alike.
  static func rectifyGradient(_ gradient: Tensor, output: Tensor, into target: Tensor) {
    switch gradient.elementType {
    case .float32: rectifyGradient(gradient.values, output: output.values, into: target.values)
    case .bfloat16:
      let (g, y) = (gradient.lanes(BFloat16View.self), output.lanes(BFloat16View.self))
      let result = target.lanes(BFloat16View.self)
      for index in stride(from: 0, to: g.count, by: 16) {
        let value = SIMD16<Float>.zero.replacing(
          with: g.vector16(at: index), where: y.vector16(at: index) .> 0)
        result.setVector16(value, at: index)
      }
    }
  }
}
