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

  /// target_i = factor * source_i.
  public static func set(_ target: FloatView, to source: FloatView, times factor: Float) {
    precondition(source.count == target.count, "set: \(source.count) and \(target.count) elements")
    for index in 0..<target.count { target[index] = factor * source[index] }
  }

  /// a_i = exp(a_i). A number's bits do not depend on its place.
  public static func exponentiate(_ a: FloatView) {
    var index = 0
    while index + 16 <= a.count {
      a.setVector16(exponential(a.vector16(at: index)), at: index)
      index += 16
    }
    guard index < a.count else { return }
    var rest = SIMD16<Float>.zero
    for lane in 0..<a.count - index { rest[lane] = a[index + lane] }
    rest = exponential(rest)
    for lane in 0..<a.count - index { a[index + lane] = rest[lane] }
  }

  /// exp of sixteen numbers, wrong by at most 2e-7 of itself: 2^n times a polynomial (Cephes' expf). Below -87 it is that of -87, above 88
  /// infinity; NaN stays.
  public static func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let inside = x.clamped(lowerBound: SIMD16(repeating: -87), upperBound: SIMD16(repeating: 88))
    let whole = (inside * 1.442695).rounded(.toNearestOrEven)
    let rest = inside - whole * 0.693359375 - whole * -2.12194440e-4
    var sum = rest * 1.9875691500e-4 + 1.3981999507e-3
    sum = sum * rest + 8.3334519073e-3
    sum = sum * rest + 4.1665795894e-2
    sum = sum * rest + 1.6666665459e-1
    sum = sum * rest + 5.0000001201e-1
    sum = sum * (rest * rest) + rest + 1
    let exponent = (SIMD16<Int32>(truncatingIfNeeded: SIMD16<Int32>(whole)) &+ 127) &<< 23
    let value = sum * unsafeBitCast(exponent, to: SIMD16<Float>.self)
    return value.replacing(with: .infinity, where: x .> 88).replacing(with: x, where: x .!= x)
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
