// The choices of objective.entropy.weighting.

/// How much each weight counts in the distances that the entropy of the weights is estimated from.
public enum EntropyWeighting: String, Sendable, Equatable, CaseIterable {
  /// All alike.
  case none
  /// By what it can change of the network's function (``FunctionWeighting``).
  case function
}
