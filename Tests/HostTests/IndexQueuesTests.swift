// Iterations that threads take.

import Dispatch
import Synchronization
import Testing

@testable import Host

@Suite struct IndexQueuesTests {
  /// Of several threads that take at the same time, each number once.
  @Test(arguments: [1, 2, 3, 4, 7, 32], [true, false])
  func eachIsTakenOnce(threads: Int, haveHomes: Bool) {
    final class Queues: @unchecked Sendable { var queues = IndexQueues() }
    let shared = Queues()
    for count in [0, 1, 2, 3, 5, 100, 1_001] {
      shared.queues.fill(count: count, threads: threads, haveHomes: haveHomes)
      let taken = Mutex<[Int]>([])
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        var own: [Int] = []
        while let index = shared.queues.take(by: thread) { own.append(index) }
        taken.withLock { $0 += own }
      }
      #expect(taken.withLock { $0.sorted() } == Array(0..<count))
      #expect(shared.queues.take(by: 0) == nil)
    }
  }

  /// A thread has its own run of numbers first, the same in each loop, and then helps with the others'.
  @Test func numbersHaveHomes() {
    var queues = IndexQueues()
    for _ in 0..<2 {
      queues.fill(count: 10, threads: 2, haveHomes: true)
      #expect(queues.take(by: 1) == 5)
      #expect(queues.take(by: 0) == 0)
      #expect((0..<8).compactMap { _ in queues.take(by: 1) } == [6, 7, 8, 9, 1, 2, 3, 4])
      #expect(queues.take(by: 1) == nil)
    }
    queues.fill(count: 3, threads: 2, haveHomes: false)
    #expect((0..<4).map { queues.take(by: $0 % 2) } == [0, 1, 2, nil])
  }
}
