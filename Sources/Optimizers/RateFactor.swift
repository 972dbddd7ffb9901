// Parameters that take other steps than the rest.

/// A factor on the learning rate of a run of parameters.
public struct RateFactor: Sendable, Equatable {
  public let range: Range<Int>
  public let factor: Float

  public init(range: Range<Int>, factor: Float) {
    self.range = range
    self.factor = factor
  }
}
