// Where the time of a step goes.

import Glibc

/// Seconds on a clock that never jumps.
public func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
}

/// Adds up the seconds between marks. Used by the main thread of a step only.
public final class PhaseClock: @unchecked Sendable {
  /// Every mark of a phase is one of progress.
  public let pulse = Pulse()
  private var seconds = [Double](repeating: 0, count: Phase.allCases.count)
  private var last = monotonicSeconds()

  public init() {}

  /// Forgets the time since the last mark.
  public func restart() { last = monotonicSeconds() }

  /// Counts the time since the last mark as spent on `phase`.
  public func mark(_ phase: Phase) {
    let now = monotonicSeconds()
    seconds[phase.rawValue] += now - last
    last = now
    pulse.mark()
  }

  public func reset() {
    for index in seconds.indices { seconds[index] = 0 }
    restart()
  }

  public subscript(phase: Phase) -> Double { seconds[phase.rawValue] }
}
