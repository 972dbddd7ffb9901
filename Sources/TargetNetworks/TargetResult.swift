// What is reported of a pass besides the gradient.

/// What a training pass of one target network found.
public struct TargetResult: Sendable {
  /// Sum of the images' losses, of cross-entropies in nats.
  public var lossSum: Double
  /// Images whose label has the largest logit; 0 of regressions.
  public var correctCount: Int
}
