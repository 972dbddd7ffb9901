// The iterations of a loop, as threads take them.

import Synchronization

/// The numbers below a count, each of which is taken once, by whoever asks.
///
/// They lie in up to four queues of numbers in a row. A thread takes from its own queue until that is empty, and then from the others': so if one
/// loop follows another, a thread mostly gets the same part of both, whose data its core has at hand, and still none is idle while there is
/// something to take. Four, since looking at a queue that others take from costs time too.
struct IndexQueues: ~Copyable, @unchecked Sendable {
  private static let most = 4
  /// Counters, each in cache lines of its own.
  private static let stride = 16

  private let next: UnsafeMutablePointer<Atomic<Int>>
  private var queueCount = 1
  private var threadCount = 1
  private var count = 0

  init() {
    next = .allocate(capacity: Self.most * Self.stride)
    for index in 0..<Self.most * Self.stride { (next + index).initialize(to: Atomic(0)) }
  }

  deinit {
    next.deinitialize(count: Self.most * Self.stride)
    next.deallocate()
  }

  /// Fills the queues with 0..<count for threads 0..<threads; in one queue unless the numbers `haveHomes`. While nobody takes any.
  mutating func fill(count: Int, threads: Int, haveHomes: Bool) {
    self.count = count
    threadCount = threads
    queueCount = haveHomes ? min(threads, Self.most) : 1
    for queue in 0..<queueCount {
      next[queue * Self.stride].store(queue * count / queueCount, ordering: .relaxed)
    }
  }

  /// Another number, nil when all are taken.
  @inline(__always)
  func take(by thread: Int) -> Int? {
    var queue = thread * queueCount / threadCount
    for _ in 0..<queueCount {
      let end = (queue + 1) * count / queueCount
      if next[queue * Self.stride].load(ordering: .relaxed) < end {
        let index = next[queue * Self.stride].wrappingAdd(1, ordering: .relaxed).oldValue
        if index < end { return index }
      }
      queue = queue + 1 == queueCount ? 0 : queue + 1
    }
    return nil
  }
}
