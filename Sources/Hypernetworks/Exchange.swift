// The choices of distribution.exchange.

/// How ranks exchange weight vectors for the diversity term.
public enum Exchange: String, Sendable, Equatable, CaseIterable {
  /// By size: see docs.
  case auto
  /// Every rank gets all weight vectors: memory N*D a rank.
  case allgather
  /// Every rank gets all samples of its share of the weights: memory N*D/P a rank.
  case sliced
}
