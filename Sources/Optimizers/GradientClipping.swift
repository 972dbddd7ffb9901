// Gradients cut to a size.

import Numerics

/// A gradient longer than `norm` is scaled down to it; then each number is cut off at plus and minus `limit`. One whose squares overflow
/// Float becomes 0.
public struct GradientClipping: Sendable, Equatable {
  public let norm: Float
  public let limit: Float

  public init(norm: Float, limit: Float = .infinity) {
    self.norm = norm
    self.limit = limit
  }

  /// Nil where `norm` is 0, which stands for no clipping.
  public init?(unlessZero norm: Float) {
    guard norm > 0 else { return nil }
    self.init(norm: norm)
  }

  public func apply(to gradient: FloatView) {
    let length = VectorMath.sumOfSquares(gradient).squareRoot()
    if length > norm { VectorMath.scale(gradient, by: norm / length) }
    guard limit.isFinite else { return }
    for index in 0..<gradient.count { gradient[index] = min(max(gradient[index], -limit), limit) }
  }
}
