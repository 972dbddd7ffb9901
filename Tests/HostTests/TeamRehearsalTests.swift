// One thread that plays a team.

import Synchronization
import Testing

@testable import Host

@Suite struct TeamRehearsalTests {
  /// A clock that the work moves on, and who did what.
  private final class Seen: Sendable {
    let time = Mutex(0.0)
    let members = Mutex<[Int]>([])

    func rehearsal(_ size: Int, handOut: Double = 0) -> TeamRehearsal {
      TeamRehearsal(size: size, handOut: handOut) { self.time.withLock { $0 } }
    }
  }

  /// Takes a second, or as many as its index says.
  private struct Work: LoopBody {
    let seen: Seen
    var isUneven = false

    func callAsFunction(_ index: Int, _ member: Int) {
      seen.members.withLock { $0.append(member) }
      seen.time.withLock { $0 += Double(isUneven ? index : 1) }
    }
  }

  @Test func aLoopTakesAsLongAsItsLastMember() {
    let seen = Seen()
    let rehearsal = seen.rehearsal(4)
    Team(rehearsal: rehearsal).forEach(10, Work(seen: seen))
    #expect(seen.members.withLock { $0 } == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1])
    #expect(rehearsal.loopCount == 1 && rehearsal.alone == 10 && rehearsal.together == 3)
    Team(rehearsal: rehearsal).forEach(4, Work(seen: seen))
    #expect(rehearsal.loopCount == 2 && rehearsal.alone == 14 && rehearsal.together == 4)
  }

  @Test func whoIsFreeTakesTheNext() {
    let seen = Seen()
    let rehearsal = seen.rehearsal(2)
    // 0, 1, 2, 3, 4 s.
    Team(rehearsal: rehearsal).forEach(5, Work(seen: seen, isUneven: true))
    #expect(seen.members.withLock { $0 } == [0, 0, 1, 0, 1])
    #expect(rehearsal.together == 6 && rehearsal.alone == 10)
  }

  @Test func handingOutIsALimit() {
    let seen = Seen()
    let rehearsal = seen.rehearsal(8, handOut: 10)
    Team(rehearsal: rehearsal).forEach(16, Work(seen: seen))
    // 16 iterations, 8 that find none, 8 that say so.
    #expect(rehearsal.together == 320)
    rehearsal.reset()
    #expect(rehearsal.loopCount == 0 && rehearsal.together == 0 && rehearsal.alone == 0)
  }

  @Test func aSingleIterationIsTheLeads() {
    let seen = Seen()
    let rehearsal = seen.rehearsal(8, handOut: 1)
    Team(rehearsal: rehearsal).forEach(1, Work(seen: seen))
    #expect(rehearsal.loopCount == 0 && seen.members.withLock { $0 } == [0])
  }
}
