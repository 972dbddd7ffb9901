// The threads of one process, made once and reused by every parallel loop.

import Glibc
import Synchronization

/// A fixed set of threads that run loop bodies. Thread 0 is the caller.
///
/// Iterations are handed out one by one, so their assignment to threads varies: a body may write only
/// what belongs to its iteration (or scratch that belongs to its thread). A loop of the training step
/// keeps its body in a lazy property, so that the warm step allocates nothing.
public final class WorkerPool: Sendable {
  public typealias Body = @Sendable (_ index: Int, _ thread: Int) -> Void

  public let threadCount: Int

  private struct Job {
    var body: Body = { _, _ in }
    var count = 0
  }

  private final class Shared: @unchecked Sendable {
    var job = Job()
    let next = Atomic<Int>(0)
    let running = Atomic<Int>(0)
    let generation = Atomic<Int>(0)
    let stopping = Atomic<Bool>(false)
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(wake, nil)
    }

    deinit {
      pthread_cond_destroy(wake)
      pthread_mutex_destroy(mutex)
      wake.deallocate()
      mutex.deallocate()
    }

    @inline(__always)
    func work(_ thread: Int) {
      let body = job.body
      let count = job.count
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        body(index, thread)
      }
    }

    /// Spins shortly, then sleeps, until the generation differs from `seen`.
    func awaitGeneration(after seen: Int) -> Int {
      for _ in 0..<2_000 {
        let now = generation.load(ordering: .acquiring)
        if now != seen { return now }
      }
      pthread_mutex_lock(mutex)
      var now = generation.load(ordering: .acquiring)
      while now == seen {
        pthread_cond_wait(wake, mutex)
        now = generation.load(ordering: .acquiring)
      }
      pthread_mutex_unlock(mutex)
      return now
    }
  }

  private final class Start {
    let shared: Shared
    let thread: Int
    let setUp: @Sendable () -> Void
    init(_ shared: Shared, _ thread: Int, _ setUp: @escaping @Sendable () -> Void) {
      (self.shared, self.thread, self.setUp) = (shared, thread, setUp)
    }
  }

  private let shared = Shared()
  private let threads: [pthread_t]

  /// Starts `threadCount - 1` threads; `setUp` runs once on each thread, the caller's included.
  public init(threadCount: Int, setUp: @escaping @Sendable () -> Void = {}) {
    precondition(threadCount > 0, "WorkerPool: threadCount \(threadCount)")
    self.threadCount = threadCount
    setUp()
    var threads: [pthread_t] = []
    for thread in 1..<max(1, threadCount) {
      var handle = pthread_t()
      let start = Unmanaged.passRetained(Start(shared, thread, setUp)).toOpaque()
      let status = pthread_create(
        &handle, nil,
        { raw in
          let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
          SignalMask.blockAll()
          start.setUp()
          let shared = start.shared
          var seen = 0
          while true {
            seen = shared.awaitGeneration(after: seen)
            if shared.stopping.load(ordering: .acquiring) { return nil }
            shared.work(start.thread)
            shared.running.wrappingSubtract(1, ordering: .acquiringAndReleasing)
          }
        }, start)
      precondition(status == 0, "WorkerPool: pthread_create failed with \(status)")
      threads.append(handle)
    }
    self.threads = threads
  }

  deinit {
    shared.stopping.store(true, ordering: .releasing)
    announce()
    for thread in threads { pthread_join(thread, nil) }
  }

  private func announce() {
    pthread_mutex_lock(shared.mutex)
    shared.generation.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(shared.wake)
    pthread_mutex_unlock(shared.mutex)
  }

  /// Runs `body(index, thread)` for every index in 0..<count and returns when all are done.
  ///
  /// Must be called from the thread that made the pool. Allocates nothing.
  public func forEach(_ count: Int, _ body: @escaping Body) {
    if threadCount == 1 || count == 1 {
      for index in 0..<count { body(index, 0) }
      return
    }
    shared.job = Job(body: body, count: count)
    shared.next.store(0, ordering: .relaxed)
    shared.running.store(threadCount - 1, ordering: .relaxed)
    announce()
    shared.work(0)
    while shared.running.load(ordering: .acquiring) != 0 { sched_yield() }
  }
}
