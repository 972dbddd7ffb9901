// Threads that share an iteration.

import Glibc
import Host
import Synchronization
import Testing

@Suite struct TeamTests {
  /// What a loop of teams ran: how often each iteration, in which slots at the same time, on how many threads.
  private final class Seen: Sendable {
    let runs: Mutex<[Int]>
    let sizes: Mutex<[Int]>
    let busySlots = Mutex<Set<Int>>([])
    let sharedSlots = Mutex(0)

    init(_ count: Int) {
      runs = Mutex([Int](repeating: 0, count: count))
      sizes = Mutex([Int](repeating: 0, count: count))
    }
  }

  /// Every iteration runs once, its loops run every index once on members of its team, and the last iterations share all threads.
  @Test(arguments: [1, 2, 3, 5, 8], [0, 1, 2, 3, 5, 7, 8, 13])
  func everyIterationHasATeam(threads: Int, count: Int) {
    let pool = WorkerPool(threadCount: threads)
    for _ in 0..<20 {
      let seen = Seen(count)
      pool.forEachTeam(count) { index, slot, team in
        let isFree = seen.busySlots.withLock { $0.insert(slot).inserted }
        if !isFree { seen.sharedSlots.withLock { $0 += 1 } }
        seen.runs.withLock { $0[index] += 1 }
        seen.sizes.withLock { $0[index] = team.size }
        for round in 0..<5 {
          let visits = Mutex([Int](repeating: 0, count: 3 * team.size + round))
          let members = Mutex<Set<Int>>([])
          team.forEach(
            3 * team.size + round,
            Visit(visits: { visit, member in
              visits.withLock { $0[visit] += 1 }
              _ = members.withLock { $0.insert(member) }
            }))
          #expect(visits.withLock { $0.allSatisfy { $0 == 1 } })
          #expect(members.withLock { $0.isSubset(of: 0..<team.size) })
        }
        _ = seen.busySlots.withLock { $0.remove(slot) }
      }
      #expect(seen.runs.withLock { $0 } == [Int](repeating: 1, count: count))
      #expect(seen.sharedSlots.withLock { $0 } == 0)
      let sizes = seen.sizes.withLock { $0 }
      let rest = count % threads
      #expect(sizes.dropLast(rest).allSatisfy { $0 == 1 })
      if rest > 0 { #expect(sizes.suffix(rest).reduce(0, +) == threads) }
      #expect(sizes == (0..<count).map { pool.teamSize($0, of: count) })
      for slot in 0..<rest {
        #expect(sizes[count - rest + slot] <= pool.largestTeam(slot: slot))
      }
    }
  }

  /// The calling thread leads, one iteration after the other, and every other thread is in its team; loops of the team or none.
  @Test(arguments: [1, 2, 3, 5, 8], [0, 1, 3])
  func theMainThreadLeads(threads: Int, loops: Int) {
    let pool = WorkerPool(threadCount: threads)
    let main = pthread_self()
    for _ in 0..<50 {
      let order = Mutex<[Int]>([])
      pool.forEachLed(
        7,
        Lead(
          threads: threads, loops: loops, main: main,
          order: { index in
            order.withLock { $0.append(index) }
          })
      ) { _ in Issue.record("nothing stands in") }
      #expect(order.withLock { $0 } == Array(0..<7))
    }
    pool.forEachTeam(3) { _, _, _ in }
  }

  private struct Lead: TeamLoopBody {
    let threads: Int
    let loops: Int
    let main: pthread_t
    let order: @Sendable (Int) -> Void

    func callAsFunction(_ index: Int, _ slot: Int, _ team: Team) {
      #expect(pthread_equal(pthread_self(), main) != 0 && slot == 0 && team.size == threads)
      order(index)
      for _ in 0..<loops {
        let visits = Mutex(0)
        team.forEach(20, Visit(visits: { _, _ in visits.withLock { $0 += 1 } }))
        #expect(visits.withLock { $0 } == 20)
      }
    }
  }

  /// The main thread does its duty at the end of each of a team's loops, whether it leads or helps, and no other thread does; what the duty throws comes
  /// out when all is done.
  @Test(arguments: [2, 3]) func theMainThreadHasADuty(threads: Int) throws {
    let pool = WorkerPool(threadCount: threads)
    let main = pthread_self()
    nonisolated(unsafe) var (calls, elsewhere) = (0, 0)
    let duty = MainThreadDuty {
      calls += 1
      if pthread_equal(pthread_self(), main) == 0 { elsewhere += 1 }
    }
    for _ in 0..<20 {
      calls = 0
      try pool.forEachTeam(1, Loops(), duty: duty)
      #expect(calls >= 10)
    }
    #expect(elsewhere == 0)
    let failing = MainThreadDuty {
      calls += 1
      throw Refusal()
    }
    calls = 0
    #expect(throws: Refusal.self) { try pool.forEachTeam(1, Loops(), duty: failing) }
    #expect(calls == 1)
  }

  private struct Refusal: Error {}

  /// Ten loops of a team, one after the other.
  private struct Loops: TeamLoopBody {
    func callAsFunction(_ index: Int, _ slot: Int, _ team: Team) {
      for _ in 0..<10 { team.forEach(8, Visit(visits: { _, _ in })) }
    }
  }

  private struct Visit: LoopBody {
    let visits: @Sendable (Int, Int) -> Void
    func callAsFunction(_ index: Int, _ member: Int) { visits(index, member) }
  }

  /// What members write is there when a loop ends: a prefix sum, each step of which needs the one before.
  @Test(arguments: [2, 4]) func loopsFollowEachOther(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    pool.forEachTeam(1) { _, _, team in
      var values = [Int](repeating: 1, count: 64)
      values.withUnsafeMutableBufferPointer { values in
        nonisolated(unsafe) let values = values
        for step in [1, 2, 4, 8, 16, 32] {
          let before = Array(values)
          team.forEach(
            64,
            Visit(visits: { index, _ in
              values[index] = before[index] + (index >= step ? before[index - step] : 0)
            }))
        }
      }
      #expect(values == Array(1...64))
    }
  }

  /// Parts are runs in order that leave nothing out.
  @Test(arguments: [1, 2, 3, 7], [0, 1, 5, 64]) func partsCoverARange(parts: Int, count: Int) {
    let range = 10..<10 + count
    let all = (0..<parts).map { range.part($0, of: parts) }
    #expect(all.flatMap { Array($0) } == Array(range))
    #expect(all.map(\.count).max()! - all.map(\.count).min()! <= 1)
  }
}
