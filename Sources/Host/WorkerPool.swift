// The threads of one process, made once and reused by every parallel loop.

import CHost
import Glibc
import Synchronization

/// A fixed set of threads that run loop bodies. Thread 0 is the caller.
///
/// Iterations are handed out one by one, so their assignment to threads varies: a body may write only
/// what belongs to its iteration (or scratch that belongs to its thread).
///
/// Between loops the other threads sleep, but within ``awake(_:)``, where each has a core of its own, they wait for the next loop without.
public final class WorkerPool: Sendable {
  public let threadCount: Int

  private let shared: Shared
  private let threads: [pthread_t]

  /// Starts `threadCount - 1` threads; `setUp` runs once on each thread, the caller's included.
  ///
  /// - Parameters:
  ///   - cores: of each thread, the core it is left to, for good; empty: the system moves them about.
  ///   - haveCores: whether there is a core for each thread, so that they may spin.
  public init(
    threadCount: Int, cores: [Int] = [], haveCores: Bool = false,
    setUp: @escaping @Sendable () -> Void = {}
  ) {
    precondition(
      threadCount > 0 && (cores.isEmpty || cores.count == threadCount),
      "WorkerPool: \(threadCount) threads, \(cores.count) cores")
    self.threadCount = threadCount
    let shared = Shared(maySpin: haveCores)
    self.shared = shared
    let setUp: @Sendable (_ thread: Int) -> Void = { thread in
      if !cores.isEmpty { CoreAffinity.pinThread(to: cores[thread]) }
      setUp()
    }
    setUp(0)
    var threads: [pthread_t] = []
    for thread in 1..<max(1, threadCount) {
      var handle = pthread_t()
      let start = Unmanaged.passRetained(Start(shared, thread, setUp)).toOpaque()
      let status = pthread_create(
        &handle, nil,
        { raw in
          let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
          SignalMask.blockAll()
          start.setUp(start.thread)
          start.shared.serve(as: start.thread)
          return nil
        }, start)
      guard status == 0 else {
        LastResort.end(
          "thread \(thread) of \(threadCount) cannot be started: \(String(cString: strerror(status))); take fewer "
            + "--threads")
      }
      threads.append(handle)
    }
    self.threads = threads
  }

  deinit {
    shared.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs `body`, whose loops follow each other closely: a training step. Allocates nothing.
  @inlinable
  public func awake<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    setAwake(true)
    defer { setAwake(false) }
    return try body()
  }

  @usableFromInline
  func setAwake(_ isAwake: Bool) { shared.setAwake(isAwake) }

  /// Runs `body(index, thread)` for every index in 0..<count and returns when all are done.
  ///
  /// Must be called from the thread that made the pool, not from within a loop. Allocates nothing.
  public func forEach(_ count: Int, _ body: some LoopBody) {
    forEach(count, body, meanwhile: {})
  }

  /// As ``forEach(_:_:)``, and runs `meanwhile` on the calling thread after each of its iterations, until it
  /// throws: what only the main thread may do while all threads compute. Its error is thrown when all
  /// iterations are done.
  public func forEach<Failure: Error>(
    _ count: Int, _ body: some LoopBody, meanwhile: () throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    if threadCount == 1 || count <= 1 {
      for index in 0..<count {
        body(index, 0)
        attend(meanwhile, &failure)
      }
    } else {
      withUnsafePointer(to: body) { place in
        shared.begin(Loop(body: place, count: count), helpers: threadCount - 1)
        while let index = shared.takeIndex(below: count) {
          body(index, 0)
          attend(meanwhile, &failure)
        }
        shared.finish()
      }
    }
    if let failure { throw failure }
  }

  /// Runs `meanwhile` unless it has failed.
  @inline(__always)
  private func attend<Failure: Error>(
    _ meanwhile: () throws(Failure) -> Void, _ failure: inout Failure?
  ) {
    guard failure == nil else { return }
    do throws(Failure) { try meanwhile() } catch { failure = error }
  }

  /// As ``forEach(_:_:)``, for loops that may allocate: a closure costs one allocation.
  public func forEach(_ count: Int, _ body: @Sendable (_ index: Int, _ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { forEach(count, ClosureBody(run: $0)) }
  }
}

private struct ClosureBody: LoopBody {
  let run: @Sendable (_ index: Int, _ thread: Int) -> Void
  func callAsFunction(_ index: Int, _ thread: Int) { run(index, thread) }
}

/// A loop that runs: its body lies on the stack of the thread that waits for its end.
private struct Loop {
  let count: Int
  private let body: UnsafeRawPointer
  private let type: any LoopBody.Type

  init<Body: LoopBody>(body: UnsafePointer<Body>, count: Int) {
    self.count = count
    self.body = UnsafeRawPointer(body)
    type = Body.self
  }

  @inline(__always)
  func callAsFunction(_ index: Int, _ thread: Int) { type.run(body, index, thread) }
}

extension LoopBody {
  /// Runs one iteration of the body at `place`.
  fileprivate static func run(_ place: UnsafeRawPointer, _ index: Int, _ thread: Int) {
    place.assumingMemoryBound(to: Self.self).pointee(index, thread)
  }
}

/// What a new thread is told.
private final class Start {
  let shared: Shared
  let thread: Int
  let setUp: @Sendable (_ thread: Int) -> Void
  init(_ shared: Shared, _ thread: Int, _ setUp: @escaping @Sendable (_ thread: Int) -> Void) {
    (self.shared, self.thread, self.setUp) = (shared, thread, setUp)
  }
}

/// What the caller and the other threads of a pool share. `loop` is written only while no other thread is in one,
/// and read after `generation` tells of it.
private final class Shared: @unchecked Sendable {
  private var loop: Loop?
  private let next = Atomic<Int>(0)
  private let running = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// Whether the next loop is near.
  private let isAwake = Atomic<Bool>(false)
  /// Threads that sleep, or are about to.
  private let sleepers = Atomic<Int>(0)
  private let maySpin: Bool
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// How often waiting threads look before they sleep: when the next loop is near, some 0.3 ms, and else.
  private static let looks = (near: 10_000, far: 200)

  init(maySpin: Bool) {
    self.maySpin = maySpin
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }

  // MARK: The caller

  func begin(_ loop: Loop, helpers: Int) {
    precondition(self.loop == nil, "WorkerPool: a loop within a loop")
    self.loop = loop
    next.store(0, ordering: .relaxed)
    running.store(helpers, ordering: .relaxed)
    announce()
  }

  /// Returns when no other thread is in the loop any more.
  func finish() {
    var looks = 0
    while running.load(ordering: .acquiring) != 0 {
      looks += 1
      if maySpin && looks < Self.looks.near { hyperdist_pause() } else { sched_yield() }
    }
    loop = nil
  }

  func setAwake(_ isAwake: Bool) {
    self.isAwake.store(isAwake && maySpin, ordering: .relaxed)
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    announce()
  }

  /// Who sleeps has said so before looking at the generation for the last time, so either that look or this one sees the other.
  private func announce() {
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  // MARK: All threads

  @inline(__always)
  func takeIndex(below count: Int) -> Int? {
    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }

  // MARK: The other threads

  /// Takes part in every loop until the pool ends.
  func serve(as thread: Int) {
    var seen = 0
    while true {
      seen = awaitGeneration(after: seen)
      if isStopping.load(ordering: .acquiring) { return }
      let loop = loop!
      while let index = takeIndex(below: loop.count) { loop(index, thread) }
      running.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Looks for a while, then sleeps, until the generation differs from `seen`.
  private func awaitGeneration(after seen: Int) -> Int {
    var looks = 0
    while looks < (isAwake.load(ordering: .relaxed) ? Self.looks.near : Self.looks.far) {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      looks += 1
      hyperdist_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    var now = generation.load(ordering: .sequentiallyConsistent)
    while now == seen {
      pthread_cond_wait(wake, mutex)
      now = generation.load(ordering: .sequentiallyConsistent)
    }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
    return now
  }
}
