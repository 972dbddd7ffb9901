// Gradients cut to a size.

import Numerics

/// A gradient longer than `norm` is scaled down to it; then each number is cut off at plus and minus `limit`.
public struct GradientClipping: Sendable, Equatable {
  public let norm: Float
  public let limit: Float

  public init(norm: Float, limit: Float) {
    self.norm = norm
    self.limit = limit
  }

  public func apply(to gradient: FloatView) {
    let length = VectorMath.sumOfSquares(gradient).squareRoot()
    if length > norm { VectorMath.scale(gradient, by: norm / length) }
    for index in 0..<gradient.count { gradient[index] = min(max(gradient[index], -limit), limit) }
  }
}
