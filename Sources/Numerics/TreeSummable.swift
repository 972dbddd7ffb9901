// What sums along the tree ask of their numbers.

/// A number that ``TreeSummation`` adds, with the vector type it is added in.
public protocol TreeSummable: BitwiseCopyable, FloatingPoint, Sendable {
  /// A SIMD vector of this number.
  associatedtype Vector: BitwiseCopyable
  /// Elementwise.
  static func add(_ left: Vector, _ right: Vector) -> Vector
}
