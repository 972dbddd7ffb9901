// A function of single numbers, as loops over tensors take it.

/// A function of sixteen numbers that is 0 at 0, since layouts are filled up with zeros.
protocol ElementFunction {
  func callAsFunction(_ x: SIMD16<Float>) -> SIMD16<Float>
  /// The derivative where the function's value is `y`.
  func derivative(at y: SIMD16<Float>) -> SIMD16<Float>
}
