// A pool's work done by one thread, and what its threads would take.

/// Plays all threads of a ``WorkerPool`` on one thread, as ``TeamRehearsal`` plays a team's members: a phase's time on the clock becomes what the threads would
/// take, each having a core. What they do to each other in caches and memory is not seen.
public final class PoolRehearsal: LoopPlayer, @unchecked Sendable {
  public let threadCount: Int
  public let setsClock = true
  /// Seconds between two threads that take from one counter.
  private let handOut: Double
  private let all: TeamRehearsal
  private var teams: [Int: (team: Team, rehearsal: TeamRehearsal)] = [:]
  private var clock: PhaseClock?
  /// Seconds that threads would have been faster than this one, so far.
  private(set) var saved = 0.0
  private let now: () -> Double

  public convenience init(threadCount: Int, handOut: Double) {
    self.init(threadCount: threadCount, handOut: handOut, now: monotonicSeconds)
  }

  init(threadCount: Int, handOut: Double, now: @escaping () -> Double) {
    self.threadCount = threadCount
    self.handOut = handOut
    self.now = now
    all = TeamRehearsal(size: threadCount, handOut: handOut, clock: now)
  }

  /// Shortens the phases of a step.
  public func follow(_ clock: PhaseClock) { self.clock = clock }

  public func learn() {}

  public func forEach(_ count: Int, _ body: some LoopBody) {
    if threadCount == 1 || count <= 1 {
      for index in 0..<count { body(index, 0) }
      return
    }
    all.reset()
    withUnsafePointer(to: body) { all.run(RunningLoop(anyBody: $0, count: count)) }
    save(all.alone - all.together)
  }

  /// A thread each, and then the teams of the last iterations at the same time.
  public func forEachTeam(
    _ count: Int, _ body: some TeamLoopBody, attending duty: MainThreadDuty?
  ) {
    let rest = count % threadCount
    forEach(count - rest, SingleThreads(body: body))
    duty?.attend()
    guard rest > 0 else { return }
    var (alone, together) = (0.0, 0.0)
    for slot in 0..<rest {
      let (own, their) = play((0..<threadCount).part(slot, of: rest).count) {
        body(count - rest + slot, slot, $0)
      }
      alone += own
      together = max(together, their)
    }
    save(alone - together)
    duty?.attend()
  }

  public func forEachLed(
    _ count: Int, _ body: some TeamLoopBody, standingIn: (_ index: Int) -> Void
  ) {
    for index in 0..<count {
      let (alone, together) = play(threadCount) { body(index, 0, $0) }
      save(alone - together)
    }
  }

  /// Seconds that `body` takes this thread and would take a team of `size`.
  private func play(_ size: Int, _ body: (Team) -> Void) -> (alone: Double, together: Double) {
    let (team, rehearsal) = player(size)
    rehearsal.reset()
    let begin = now()
    body(team)
    let elapsed = now() - begin
    return (elapsed, elapsed - rehearsal.alone + rehearsal.together)
  }

  private func save(_ seconds: Double) {
    saved += seconds
    clock?.shorten(by: seconds)
  }

  private func player(_ size: Int) -> (team: Team, rehearsal: TeamRehearsal) {
    if let known = teams[size] { return known }
    let rehearsal = TeamRehearsal(size: size, handOut: handOut, clock: now)
    let made = (size == 1 ? Team.alone : Team(rehearsal: rehearsal), rehearsal)
    teams[size] = made
    return made
  }
}
