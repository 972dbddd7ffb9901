// Loops over equally laid out tensors, sixteen elements at a time.

import Numerics

/// Elementwise operations on views of equal count.
public enum Elementwise {
  /// target = max(source, 0); `target` may be `source`.
  public static func rectify(_ source: FloatView, into target: FloatView) {
    precondition(source.count == target.count, "rectify: \(source.count) into \(target.count)")
    rectifyVectors(source, into: target)
    for index in target.count / 16 * 16..<target.count {
      target[index] = source[index] < 0 ? 0 : source[index]
    }
  }

  /// ReLU's gradient: target = gradient where output > 0, else 0; `target` may be `gradient`.
  public static func rectifyGradient(
    _ gradient: FloatView, output: FloatView, into target: FloatView
  ) {
    precondition(
      gradient.count == target.count && output.count == target.count,
      "rectifyGradient: \(gradient.count) and \(output.count) into \(target.count)")
    rectifyGradientVectors(gradient, output: output, into: target)
    for index in target.count / 16 * 16..<target.count {
      target[index] = output[index] > 0 ? gradient[index] : 0
    }
  }

  /// ``rectify(_:into:)`` of tensors laid out alike.
  static func rectify(_ source: Tensor, into target: Tensor) {
    switch source.elementType {
    case .float32: rectify(source.values, into: target.values)
    case .bfloat16:
      rectifyVectors(source.lanes(BFloat16View.self), into: target.lanes(BFloat16View.self))
    }
  }

  /// ``rectifyGradient(_:output:into:)`` of tensors laid out alike.
  static func rectifyGradient(_ gradient: Tensor, output: Tensor, into target: Tensor) {
    switch gradient.elementType {
    case .float32: rectifyGradient(gradient.values, output: output.values, into: target.values)
    case .bfloat16:
      rectifyGradientVectors(
        gradient.lanes(BFloat16View.self), output: output.lanes(BFloat16View.self),
        into: target.lanes(BFloat16View.self))
    }
  }

  /// target = function(source), of tensors laid out alike.
  static func apply<Function: ElementFunction>(
    _ function: Function, _ source: Tensor, into target: Tensor
  ) {
    switch source.elementType {
    case .float32:
      let (values, results) = (source.values, target.values)
      forEachVector(values.count) { place, count in
        setPart(of: results, place, count, function(part(of: values, place, count)))
      }
    case .bfloat16:
      let (values, results) = (source.lanes(BFloat16View.self), target.lanes(BFloat16View.self))
      for place in stride(from: 0, through: results.count - 16, by: 16) {
        results.setVector16(function(values.vector16(at: place)), at: place)
      }
    }
  }

  /// target = gradient times the derivative of the function where it is `output`, of tensors laid out alike.
  static func applyGradient<Function: ElementFunction>(
    _ function: Function, _ gradient: Tensor, output: Tensor, into target: Tensor
  ) {
    switch gradient.elementType {
    case .float32:
      let (values, outputs, results) = (gradient.values, output.values, target.values)
      forEachVector(values.count) { place, count in
        let derivative = function.derivative(at: part(of: outputs, place, count))
        setPart(of: results, place, count, part(of: values, place, count) * derivative)
      }
    case .bfloat16:
      let (values, outputs, results) = (
        gradient.lanes(BFloat16View.self), output.lanes(BFloat16View.self),
        target.lanes(BFloat16View.self)
      )
      for place in stride(from: 0, through: results.count - 16, by: 16) {
        let derivative = function.derivative(at: outputs.vector16(at: place))
        results.setVector16(values.vector16(at: place) * derivative, at: place)
      }
    }
  }

  /// Where each vector of sixteen numbers begins and how many of them there are: the last may be cut off.
  @inline(__always)
  private static func forEachVector(_ count: Int, _ body: (Int, Int) -> Void) {
    for place in stride(from: 0, to: count, by: 16) { body(place, min(16, count - place)) }
  }

  @inline(__always)
  private static func part(of values: FloatView, _ place: Int, _ count: Int) -> SIMD16<Float> {
    guard count < 16 else { return values.vector16(at: place) }
    var part = SIMD16<Float>()
    for lane in 0..<count { part[lane] = values[place + lane] }
    return part
  }

  @inline(__always)
  private static func setPart(
    of values: FloatView, _ place: Int, _ count: Int, _ part: SIMD16<Float>
  ) {
    guard count < 16 else { return values.setVector16(part, at: place) }
    for lane in 0..<count { values[place + lane] = part[lane] }
  }

  /// The whole vectors of ``rectify(_:into:)``.
  private static func rectifyVectors<View: LaneView>(_ source: View, into target: View) {
    for index in stride(from: 0, through: target.count - 16, by: 16) {
      let value = source.vector16(at: index)
      target.setVector16(value.replacing(with: 0, where: value .< 0), at: index)
    }
  }

  /// The whole vectors of ``rectifyGradient(_:output:into:)``.
  private static func rectifyGradientVectors<View: LaneView>(
    _ gradient: View, output: View, into target: View
  ) {
    for index in stride(from: 0, through: target.count - 16, by: 16) {
      let value = SIMD16<Float>.zero.replacing(
        with: gradient.vector16(at: index), where: output.vector16(at: index) .> 0)
      target.setVector16(value, at: index)
    }
  }
}
