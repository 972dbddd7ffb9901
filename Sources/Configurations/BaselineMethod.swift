// Ordinary ways to many networks, which hypernetworks are compared with.

/// How networks are made without a hypernetwork; docs/baselines.md tells each one.
public enum BaselineMethod: String, Sendable, Equatable, CaseIterable {
  /// A hypernetwork is trained.
  case none
  /// Networks trained alone.
  case sgd
  /// Networks trained alone from different beginnings, each at a constant rate.
  case sgdSampler = "sgd-sampler"
  /// Networks trained alone from different beginnings.
  case deepEnsemble = "deep-ensemble"

  /// In a few words.
  public var meaning: String {
    switch self {
    case .none: "a hypernetwork"
    case .sgd: "networks trained alone (1)"
    case .sgdSampler: "networks from different beginnings, each trained at a constant rate (10)"
    case .deepEnsemble: "networks from different beginnings (10)"
    }
  }

  /// Networks that the method is used with where nothing else is asked for.
  var usualMembers: Int {
    switch self {
    case .none, .sgd: 1
    case .sgdSampler, .deepEnsemble: 10
    }
  }
}
