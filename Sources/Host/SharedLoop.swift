// A parallel loop as the threads that run it see it.

import CHost
import Glibc
import Synchronization

/// One loop after another, whose iterations several threads take one by one. A thread leads: it begins loops and waits for their end;
/// the others help. What is not atomic is written only while nobody helps, and read after `generation` tells of it.
@usableFromInline
final class SharedLoop: @unchecked Sendable {
  private var loop: RunningLoop?
  private var indices = IndexQueues()
  private let running = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  /// How often a thread that waits for others looks before it lets the system run something else: some 30 ms, longer than what a lead does
  /// between two loops of a team.
  private static let looks = 1_000_000

  /// Changes when a loop begins. Sequentially consistent with what else threads tell each other that way.
  var generation: Int { count.load(ordering: .sequentiallyConsistent) }

  // MARK: The leading thread

  /// Begins a loop that `helpers` other threads take part in, from 1 on. `hasHomes`: whether iterations of one number work on the same data in one loop
  /// after another.
  @usableFromInline
  func begin(_ loop: RunningLoop, helpers: Int, hasHomes: Bool) {
    precondition(self.loop == nil, "SharedLoop: a loop within a loop")
    self.loop = loop
    indices.fill(count: loop.count, threads: helpers + 1, haveHomes: hasHomes)
    running.store(helpers, ordering: .relaxed)
    announce()
  }

  /// Changes ``generation``.
  func announce() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }

  /// The next iteration of the leading thread.
  @usableFromInline
  func takeIndex() -> Int? { indices.take(by: 0) }

  /// Returns when no other thread is in the loop any more; does `duty` first.
  @usableFromInline
  func finish(spinning maySpin: Bool, duty: MainThreadDuty? = nil) {
    duty?.attend()
    var looks = 0
    while running.load(ordering: .acquiring) != 0 { Self.wait(&looks, spinning: maySpin) }
    loop = nil
  }

  // MARK: The other threads

  /// Takes part in the loop that has begun.
  func help(as thread: Int) {
    let loop = loop!
    while let index = indices.take(by: thread) { loop(index, thread) }
    running.wrappingSubtract(1, ordering: .acquiringAndReleasing)
  }

  /// Passes a moment.
  static func wait(_ looks: inout Int, spinning maySpin: Bool) {
    looks += 1
    if maySpin && looks < Self.looks { hyperdist_pause() } else { sched_yield() }
  }
}
