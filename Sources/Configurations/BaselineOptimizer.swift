// What a baseline's networks are trained with.

/// The optimizer of networks that are trained alone.
public enum BaselineOptimizer: String, Sendable, Equatable, CaseIterable {
  /// Stochastic gradient descent with momentum and weight decay.
  case sgd
  case adam
}
