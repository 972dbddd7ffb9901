// What a step's time is divided into.

/// The parts of a training step that are timed apart.
public enum Phase: Int, CaseIterable, Sendable {
  case latents, generate, targets, diversity, backward, communication, optimizer, other

  /// How a stalled rank's place is called in this phase; nil where it is called by the phase around it.
  var stage: Stage? {
    switch self {
    case .latents: .latents
    case .generate: .generate
    case .targets: .targets
    case .diversity: .diversity
    case .backward: .backward
    case .optimizer: .optimizer
    case .communication, .other: nil
    }
  }
}
