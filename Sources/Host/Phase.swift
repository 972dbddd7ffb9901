/// The parts of a training step that are timed apart.
public enum Phase: Int, CaseIterable, Sendable {
  case latents, generate, targets, diversity, backward, communication, optimizer, other
}
