// Parameters that take other steps than the rest.

/// A factor on the learning rate of a run of parameters, and how they decay.
public struct RateFactor: Sendable, Equatable {
  public let range: Range<Int>
  public let factor: Float
  /// Each step takes away factor * rate * decay of a parameter, apart from the gradient.
  public let decay: Float

  public init(range: Range<Int>, factor: Float, decay: Float = 0) {
    self.range = range
    self.factor = factor
    self.decay = decay
  }
}
