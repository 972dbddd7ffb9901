// Where the time of a step goes.

import Glibc

/// Seconds on a clock that never jumps.
public func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
}

/// Adds up the seconds that a step's phases take, and lets its pulse beat where they begin and end.
///
/// Each moment of a step counts once, for the innermost phase: while a phase runs within another, the outer one's
/// time stands still. So the phases' seconds add up to the step's. Used by the main thread of a step only.
public final class PhaseClock {
  /// Hears of the beginning and end of every phase; all ranks pass the same ones in the same order.
  public let pulse = Pulse()
  private var seconds = [Double](repeating: 0, count: Phase.allCases.count)
  private var step = 0
  /// Whose time runs, and since when. Nil outside of steps: that time is not counted.
  private var current: Phase?
  /// Hears when phases begin, if there is one.
  public var log: PhaseLog?
  /// The phase that runs.
  var phase: Phase? { current }
  private var since = 0.0

  public init() {}

  /// Runs `body` as step `step`. What of its time no phase within claims is ``Phase/other``.
  @inlinable
  public func measureStep<Result, Failure: Error>(
    _ step: Int, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    number(step)
    return try measure(.other, body)
  }

  /// Runs `body` as a phase of the step, or of another phase. Costs two readings of the clock and allocates
  /// nothing.
  @inlinable
  public func measure<Result, Failure: Error>(
    _ phase: Phase, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = change(to: phase)
    defer { _ = change(to: outer) }
    return try body()
  }

  @usableFromInline
  func number(_ step: Int) { self.step = step }

  /// Counts the time so far for the phase that runs, which is returned.
  @usableFromInline
  func change(to phase: Phase?) -> Phase? {
    let now = monotonicSeconds()
    let before = current
    if let before { seconds[before.rawValue] += now - since }
    (current, since) = (phase, now)
    log?.note(phase, at: now)
    if let stage = phase?.stage {
      pulse.enter(stage, step: step)
    } else {
      pulse.mark()
    }
    return before
  }

  /// Counts `seconds` less for the phase that runs.
  func shorten(by seconds: Double) {
    if let current { self.seconds[current.rawValue] -= seconds }
  }

  /// Forgets all seconds counted so far.
  public func reset() {
    for index in seconds.indices { seconds[index] = 0 }
  }

  /// Seconds of all phases since the last reset.
  public var total: Double { seconds.reduce(0, +) }

  /// The seconds of a phase since the last reset.
  public subscript(phase: Phase) -> Double { seconds[phase.rawValue] }
}
