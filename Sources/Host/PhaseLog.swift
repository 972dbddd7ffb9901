// When a step's phases began.

/// Keeps when the main thread went from one phase to another. Unlike the step, it allocates.
public final class PhaseLog {
  public struct Entry: Sendable {
    /// Nil outside of steps.
    public let phase: Phase?
    public let time: Double
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  func note(_ phase: Phase?, at time: Double) { entries.append(Entry(phase: phase, time: time)) }
}
