// The choice between the ranks that make an update.

/// Who updates the parameters. No choice changes a bit.
public enum OptimizerPlacement: String, Sendable, Equatable, CaseIterable {
  /// Each rank updates the part of them whose gradient it has summed, and keeps the moments of that part alone (ZeRO, stage 1: Rajbhandari et al. 2020).
  case sharded
  /// Every rank updates all of them.
  case replicated
}
