// The choice that `--resume` offers.

/// Where a training takes up.
public enum ResumeMode: Sendable, Equatable {
  /// From the run folder's latest checkpoint, or from the start where there is none.
  case auto
  /// From the start; refused where the run folder holds checkpoints.
  case never
  case from(checkpoint: String)
}
