// Elementwise arithmetic and sums over views, sixteen elements at a time.
//
// Swift does not reorder floating-point sums, so a sum keeps sixteen partial sums by hand. Their
// order is fixed by the element's index, so the bits do not depend on the width of the registers.

import CInstructions

public enum VectorMath {
  /// sum_i a_i^2. Cost: 2n FLOPs.
  public static func sumOfSquares(_ a: FloatView) -> Float { dot(a, a) }

  /// sum_i a_i b_i. Cost: 2n FLOPs.
  public static func dot(_ a: FloatView, _ b: FloatView) -> Float {
    precondition(a.count == b.count, "dot: \(a.count) and \(b.count) elements")
    var lanes = SIMD16<Float>.zero
    var index = 0
    while index + 16 <= a.count {
      lanes += a.vector16(at: index) * b.vector16(at: index)
      index += 16
    }
    var rest: Float = 0
    while index < a.count {
      rest += a[index] * b[index]
      index += 1
    }
    return sum(lanes) + rest
  }

  /// a_i *= factor.
  public static func scale(_ a: FloatView, by factor: Float) {
    for index in 0..<a.count { a[index] *= factor }
  }

  /// a_i *= factors_i.
  public static func multiply(_ a: FloatView, by factors: FloatView) {
    precondition(a.count == factors.count, "multiply: \(a.count) and \(factors.count) elements")
    for index in 0..<a.count { a[index] *= factors[index] }
  }

  /// target_i += factor * source_i.
  public static func add(_ source: FloatView, times factor: Float, to target: FloatView) {
    precondition(source.count == target.count, "add: \(source.count) and \(target.count) elements")
    for index in 0..<target.count { target[index] += factor * source[index] }
  }

  /// The square roots of sixteen numbers, as vectors of the processor.
  @inlinable @inline(__always)
  public static func squareRoot(_ lanes: SIMD16<Float>) -> SIMD16<Float> {
    var roots = SIMD16<Float>.zero
    withUnsafePointer(to: lanes) { hyperdist_square_roots($0, &roots) }
    return roots
  }

  /// The sum of sixteen lanes, pairwise.
  @inlinable @inline(__always)
  public static func sum(_ lanes: SIMD16<Float>) -> Float {
    let eight = lanes.lowHalf + lanes.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}

/// base^exponent for a whole exponent of at least 0, by repeated squaring: the same bits everywhere.
public func power(_ base: Double, _ exponent: Int) -> Double {
  precondition(exponent >= 0, "power: exponent \(exponent)")
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
