// The choices of objective.entropy.metric.

/// The norm in which two weight vectors' distance is taken.
public enum DistanceMetric: String, Sendable, Equatable, CaseIterable {
  case l1, l2
}
