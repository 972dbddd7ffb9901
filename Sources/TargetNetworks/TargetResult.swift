// What is reported of a pass besides the gradient.

/// What a training pass of one target network found.
public struct TargetResult: Sendable {
  /// Sum of the images' cross-entropies in nats.
  public var crossEntropySum: Double
  /// Images whose label has the largest logit.
  public var correctCount: Int
}
