// A piece of a step's computing.

import Host

/// Part of what a rank computes in a phase.
public struct StepWork: Sendable {
  public let phase: Phase
  /// Of all that the rank computes in the phase.
  public let part: Double
}
