// One thread that plays a pool.

import Synchronization
import Testing

@testable import Host

@Suite struct PoolRehearsalTests {
  /// A clock that the work moves on, and who did what.
  private final class Seen: Sendable {
    let time = Mutex(0.0)
    let threads = Mutex<[Int]>([])
    let teams = Mutex<[Int]>([])
  }

  /// Takes a second; a second of each member, as a team's.
  private struct Work: LoopBody, TeamLoopBody {
    let seen: Seen

    func callAsFunction(_ index: Int, _ thread: Int) {
      seen.threads.withLock { $0.append(thread) }
      seen.time.withLock { $0 += 1 }
    }

    func callAsFunction(_ index: Int, _ slot: Int, _ team: Team) {
      seen.teams.withLock { $0.append(team.size) }
      team.forEach(team.size, self)
    }
  }

  /// Seconds that threads would be faster than one.
  private static func saved(threads: Int, _ body: (WorkerPool, Work) -> Void) -> (
    seconds: Double, seen: Seen
  ) {
    let seen = Seen()
    let rehearsal = PoolRehearsal(threadCount: threads, handOut: 0) {
      seen.time.withLock { $0 }
    }
    body(WorkerPool(player: rehearsal), Work(seen: seen))
    return (rehearsal.saved, seen)
  }

  /// Eight seconds of one thread are two of four.
  @Test func aLoopTakesWhatThreadsWould() {
    let (saved, seen) = Self.saved(threads: 4) { pool, work in pool.forEach(8, work) }
    #expect(saved == 6)
    #expect(seen.threads.withLock { $0 } == [0, 1, 2, 3, 0, 1, 2, 3])
  }

  /// Four iterations at the same time, then two teams of two at the same time, whose members take a second each: eight seconds are two.
  @Test func theLastIterationsAreTeams() {
    let (saved, seen) = Self.saved(threads: 4) { pool, work in pool.forEachTeam(6, work) }
    #expect(seen.teams.withLock { $0 } == [1, 1, 1, 1, 2, 2])
    #expect(saved == 3 + 3)
  }

  @Test func aLedIterationHasAllThreads() {
    let (saved, seen) = Self.saved(threads: 3) { pool, work in
      pool.forEachLed(2, work, standingIn: { _ in Issue.record("nothing stands in") })
    }
    #expect(seen.teams.withLock { $0 } == [3, 3])
    #expect(saved == 4)
  }

  @Test func oneThreadSavesNothing() {
    let (saved, seen) = Self.saved(threads: 1) { pool, work in
      pool.forEach(3, work)
      pool.forEachTeam(2, work)
      pool.forEachLed(1, work, standingIn: { _ in })
    }
    #expect(saved == 0 && seen.threads.withLock { $0 } == [0, 0, 0, 0, 0, 0])
  }

  /// What is saved is taken from the phase that runs.
  @Test func phasesAreShorter() {
    let clock = PhaseClock()
    clock.measureStep(0) { clock.measure(.targets) { clock.shorten(by: 100) } }
    #expect(clock[.targets] < -99 && clock[.other] >= 0 && clock.total < -99)
  }
}
