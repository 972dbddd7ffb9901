// What the threads of a pool share, and where they wait.

import CHost
import Glibc
import Synchronization

/// What a ``WorkerPool``'s caller and its other threads share.
final class PoolThreads: @unchecked Sendable {
  let loop = SharedLoop()
  private let isStopping = Atomic<Bool>(false)
  /// Whether the next loop is near.
  private let isAwake = Atomic<Bool>(false)
  /// Threads that sleep, or are about to.
  private let sleepers = Atomic<Int>(0)
  let maySpin: Bool
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

  func begin(_ body: RunningLoop, helpers: Int) {
    loop.begin(body, helpers: helpers, hasHomes: false)
    wakeSleepers()
  }

  func setAwake(_ isAwake: Bool) {
    self.isAwake.store(isAwake && maySpin, ordering: .relaxed)
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    loop.announce()
    wakeSleepers()
  }

  /// Who sleeps has said so before looking at the generation for the last time, so either that look or this one sees the other.
  private func wakeSleepers() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  // MARK: The other threads

  /// Takes part in every loop until the pool ends.
  func serve(as thread: Int) {
    var seen = 0
    while true {
      seen = awaitGeneration(after: seen)
      if isStopping.load(ordering: .acquiring) { return }
      loop.help(as: thread)
    }
  }

  /// Looks for a while, then sleeps, until the generation differs from `seen`.
  private func awaitGeneration(after seen: Int) -> Int {
    var looks = 0
    while looks < (isAwake.load(ordering: .relaxed) ? Self.looks.near : Self.looks.far) {
      let now = loop.generation
      if now != seen { return now }
      looks += 1
      hyperdist_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    var now = loop.generation
    while now == seen {
      pthread_cond_wait(wake, mutex)
      now = loop.generation
    }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
    return now
  }
}
