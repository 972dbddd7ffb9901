// Waiting in the place of computing.

import Glibc

/// What a ``WorkerPool`` does instead of its loops where only messages are to be real: sleeps, as long as a phase's loops would take, in as many pieces as the
/// phase has loops. Used by the main thread of a step only.
public final class LoopStandIn: LoopPlayer, @unchecked Sendable {
  public let threadCount: Int
  public let setsClock = false
  /// Of each phase, in the order of ``Phase``.
  private let seconds: [Double]
  /// Loops of each phase in a step; nil until ``learn()``.
  private var pieces: [Int]?
  private var counted = [Int](repeating: 0, count: Phase.allCases.count)
  private var clock: PhaseClock?
  /// Slept too long so far.
  private var debt = 0.0

  public init(threadCount: Int, seconds: [Double]) {
    precondition(seconds.count == Phase.allCases.count, "LoopStandIn: \(seconds.count) phases")
    (self.threadCount, self.seconds) = (threadCount, seconds)
  }

  /// Loops of the step's phases are counted until ``learn()``.
  public func follow(_ clock: PhaseClock) { self.clock = clock }

  public func learn() { pieces = counted }

  public func forEach(_ count: Int, _ body: some LoopBody) {
    if count > 0 { sleep() }
  }

  public func forEachTeam(
    _ count: Int, _ body: some TeamLoopBody, attending duty: MainThreadDuty?
  ) {
    for _ in 0..<(count + threadCount - 1) / threadCount {
      sleep()
      duty?.attend()
    }
  }

  public func forEachLed(
    _ count: Int, _ body: some TeamLoopBody, standingIn: (_ index: Int) -> Void
  ) {
    for index in 0..<count {
      sleep()
      standingIn(index)
    }
  }

  /// A loop, or a part of one that is followed by something else.
  private func sleep() {
    guard let phase = clock?.phase else { return }
    guard let pieces else {
      counted[phase.rawValue] += 1
      return
    }
    let wanted = seconds[phase.rawValue] / Double(max(1, pieces[phase.rawValue])) - debt
    guard wanted > 0 else {
      debt = -wanted
      return
    }
    let begin = monotonicSeconds()
    var time = timespec(
      tv_sec: Int(wanted), tv_nsec: Int(1e9 * (wanted - wanted.rounded(.down))))
    var rest = timespec()
    while nanosleep(&time, &rest) != 0 && errno == EINTR { time = rest }
    debt = max(0, monotonicSeconds() - begin - wanted)
  }
}
