// The places at which a run can stand still.

/// The parts of a training run, as a stalled rank is reported.
public enum Stage: Int, CaseIterable, Sendable {
  case start, latents, generate, targets, diversity, backward, optimizer, metrics, validation
  case checkpoint, end
}
