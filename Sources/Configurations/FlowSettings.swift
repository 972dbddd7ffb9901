// Sizes of multiplicative normalizing flows.

/// How networks of mnfg are made.
public struct FlowSettings: Sendable, Equatable {
  /// Whether means are multiplied at all; if not, weights are independent normal numbers.
  public var hasMultipliers: Bool
  /// Steps of either flow.
  public var steps: Int
  /// Hidden units of each step of the flow that makes multipliers, and of the one that looks back.
  public var width: Int
  public var reverseWidth: Int
  /// Where networks' deviations are cut off.
  public var deviationLimit: Float

  public init(
    hasMultipliers: Bool = true, steps: Int = 2, width: Int = 50, reverseWidth: Int = 100,
    deviationLimit: Float = 0.5
  ) {
    self.hasMultipliers = hasMultipliers
    self.steps = steps
    self.width = width
    self.reverseWidth = reverseWidth
    self.deviationLimit = deviationLimit
  }
}
