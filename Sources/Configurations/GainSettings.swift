// Sizes of a Bayesian hypernetwork.

/// How networks of bhn are made and their distribution is trained.
public struct GainSettings: Sendable, Equatable {
  /// Coupling layers; 0: gains are independent normal numbers.
  public var couplings = 8
  /// Hidden units of each.
  public var width = 200
  /// Of the normal prior of the gains.
  public var priorPrecision: Float = 1
  /// The gradient is scaled down to this norm where it is longer, then each number is cut off at plus and minus the limit.
  public var gradientNorm: Float = 10
  public var gradientLimit: Float = 5

  public init(couplings: Int = 8, width: Int = 200, priorPrecision: Float = 1) {
    self.couplings = couplings
    self.width = width
    self.priorPrecision = priorPrecision
  }
}
