// The threads that every parallel loop runs on.

import Foundation
import Host
import Synchronization
import Testing

/// How often each index was run, and by how many threads in all.
private final class Visits: Sendable {
  private let counts: Mutex<[Int]>
  private let threads = Mutex<Set<Int>>([])

  init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

  func note(_ index: Int, _ thread: Int) {
    counts.withLock { $0[index] += 1 }
    _ = threads.withLock { $0.insert(thread) }
  }

  var all: [Int] { counts.withLock { $0 } }
  var seenThreads: Set<Int> { threads.withLock { $0 } }
}

private struct Visit: LoopBody {
  let visits: Visits
  func callAsFunction(_ index: Int, _ thread: Int) { visits.note(index, thread) }
}

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 7, 32], [0, 1, 2, 3, 31, 1_000])
  func everyIndexOnce(threads: Int, count: Int) {
    let pool = WorkerPool(threadCount: threads)
    for _ in 0..<3 {
      let visits = Visits(count)
      pool.forEach(count, Visit(visits: visits))
      #expect(visits.all == [Int](repeating: 1, count: count))
      #expect(visits.seenThreads.isSubset(of: 0..<threads))
      if count == 1 { #expect(visits.seenThreads == [0]) }
    }
  }

  @Test(arguments: [1, 4]) func closuresAreBodies(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    let visits = Visits(100)
    pool.forEach(100) { index, thread in visits.note(index, thread) }
    #expect(visits.all == [Int](repeating: 1, count: 100))
  }

  /// Loops of all lengths one behind the other, as many as a run has: none is taken for the one before.
  @Test func reuse() {
    let pool = WorkerPool(threadCount: 3)
    let sum = Mutex(0)
    var expected = 0
    for round in 0..<5_000 {
      let count = round % 5
      expected += round * count
      pool.forEach(count) { _, _ in sum.withLock { $0 += round } }
    }
    #expect(sum.withLock { $0 } == expected)
  }

  /// Threads that have cores, within steps and between them, asleep and awake.
  @Test(arguments: [2, 3]) func awakeAndAsleep(threads: Int) {
    let pool = WorkerPool(threadCount: threads, haveCores: true)
    var expected = 0
    let sum = Mutex(0)
    func loops(_ count: Int) {
      for round in 0..<count {
        expected += 7 * round
        pool.forEach(7) { _, _ in sum.withLock { $0 += round } }
      }
    }
    for _ in 0..<20 {
      pool.awake { loops(100) }
      loops(10)
      usleep(3_000)
      // Longer than threads spin.
      pool.awake {
        loops(1)
        usleep(5_000)
        loops(1)
      }
    }
    #expect(sum.withLock { $0 } == expected)
    let three = pool.awake { 3 }
    #expect(three == 3)
    var caught: Interruption?
    do {
      try pool.awake { () throws(Interruption) in throw Interruption(count: 1) }
    } catch { caught = error }
    #expect(caught == Interruption(count: 1))
  }

  /// Every thread is left to the core it is given.
  @Test func pinnedThreads() async throws {
    let core = try #require(CoreAffinity.cores(ofProcess: 0).min())
    // On a thread of the test's own, which the pool keeps on that core.
    let seen: [Set<Int>] = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let pool = WorkerPool(threadCount: 3, cores: [core, core, core])
        let masks = Mutex<[Set<Int>]>([])
        let arrived = Mutex(0)
        pool.forEach(3) { _, _ in
          masks.withLock { $0.append(CoreAffinity.cores(ofProcess: 0)) }
          arrived.withLock { $0 += 1 }
          while arrived.withLock({ $0 }) < 3 { sched_yield() }
        }
        continuation.resume(returning: masks.withLock { $0 })
      }
    }
    #expect(seen == [[core], [core], [core]])
  }

  /// All threads take part: each waits until all are there.
  @Test func allThreadsWork() {
    let threads = 4
    let pool = WorkerPool(threadCount: threads)
    let arrived = Mutex(0)
    let seen = Visits(threads)
    pool.forEach(threads) { index, thread in
      arrived.withLock { $0 += 1 }
      while arrived.withLock({ $0 }) < threads {}
      seen.note(index, thread)
    }
    #expect(seen.seenThreads == [0, 1, 2, 3])
  }

  @Test func setUpRunsOnceOnEachThread() {
    let count = Mutex(0)
    let pool = WorkerPool(threadCount: 5) { count.withLock { $0 += 1 } }
    pool.forEach(5) { _, _ in }
    #expect(count.withLock { $0 } == 5)
  }

  private final class Captured: Sendable {}

  @Test(arguments: [1, 3]) func capturesAreReleasedAtTheEnd(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    var captured: Captured? = Captured()
    weak let trace = captured
    pool.forEach(10) { [captured] _, _ in _ = captured }
    captured = nil
    #expect(trace == nil)
  }

  private struct Interruption: Error, Equatable {
    let count: Int
  }

  /// Lets each thread run one of the first iterations.
  private struct Meeting: LoopBody {
    let threads: Int
    let visits: Visits
    let arrived: Arrivals

    final class Arrivals: Sendable {
      let count = Atomic<Int>(0)
    }

    func callAsFunction(_ index: Int, _ thread: Int) {
      visits.note(index, thread)
      arrived.count.wrappingAdd(1, ordering: .relaxed)
      while arrived.count.load(ordering: .relaxed) < threads {}
    }
  }

  /// What the main thread does beside the loop, until it throws; the loop goes on to its end.
  @Test(arguments: [1, 3]) func meanwhile(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    let visits = Visits(60)
    var calls = 0
    #expect(throws: Interruption(count: 1)) {
      try pool.forEach(
        60, Meeting(threads: threads, visits: visits, arrived: .init())
      ) { () throws(Interruption) in
        calls += 1
        throw Interruption(count: calls)
      }
    }
    #expect(calls == 1)
    #expect(visits.all == [Int](repeating: 1, count: 60))
    calls = 0
    pool.forEach(60, Meeting(threads: threads, visits: visits, arrived: .init())) { calls += 1 }
    #expect(threads > 1 ? (1...60).contains(calls) : calls == 60)
  }

  /// What runs on a thread of its own has ended when the call returns or throws, and the pool can be used beside it.
  @Test(arguments: [1, 3]) func sideThread(threads: Int) throws {
    let pool = WorkerPool(threadCount: threads)
    let (visits, aside) = (Visits(60), Visits(1))
    let work: @Sendable () -> Void = {
      usleep(20_000)
      aside.note(0, 0)
    }
    let result = pool.run(work) {
      pool.forEach(60, Visit(visits: visits))
      return 5
    }
    #expect(result == 5)
    #expect(visits.all == [Int](repeating: 1, count: 60))
    #expect(aside.all == [1])
    #expect(throws: Interruption(count: 2)) {
      try pool.run(work) { throw Interruption(count: 2) }
    }
    #expect(aside.all == [2])
  }
}
