// Watching threads of two ranks within this process, over loopback.

import Foundation
import Host
import Synchronization
import Testing

@testable import Supervision

@Suite struct WatchdogThreadTests {
  /// One rank's watch on a thread of its own, and what it did.
  private final class Watch: Sendable {
    struct Record: Equatable {
      var line: String?
      var hasLeft = false
      var isOver = false
    }

    let pulse = Pulse()
    private let record: Recorder
    private let thread: WatchdogThread

    final class Recorder: Sendable {
      let value = Mutex(Record())
    }

    init(rank: Int, links: [Int: Link], limit: Double) {
      let record = Recorder()
      self.record = record
      let watched = rank == 0 ? 0..<2 : 0..<1
      let thread = WatchdogThread(
        rank: rank, pulse: pulse,
        table: RankTable(
          limit: limit, ranks: watched, hosts: ["north", "south"], lostSeconds: 0.3),
        links: links,
        announce: { line in record.value.withLock { $0.line = line } },
        leave: { record.value.withLock { $0.hasLeft = true } })
      self.thread = thread
      Thread.detachNewThread {
        thread.run()
        record.value.withLock { $0.isOver = true }
      }
    }

    func stop() { thread.stop() }
    func finish() { thread.finish() }

    var now: Record { record.value.withLock { $0 } }

    /// What it has done when it is over, or after ten seconds. `keep` is called all the while.
    func finished(_ keep: () -> Void = {}) -> Record {
      let begin = monotonicSeconds()
      while !now.isOver && monotonicSeconds() - begin < 10 {
        keep()
        usleep(5_000)
      }
      return now
    }
  }

  /// Rank 1 hangs; rank 0 waits for it, having passed one mark more.
  @Test func aRankThatStandsStillIsNamedAndAllLeave() throws {
    let (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 0.5)
    let one = Watch(rank: 1, links: [0: far], limit: 0.5)
    one.pulse.enter(.targets, step: 12)
    zero.pulse.enter(.targets, step: 12)
    zero.pulse.mark()
    let record = zero.finished { zero.pulse.beat() }
    #expect(record.hasLeft && record.isOver)
    let line = try #require(record.line)
    #expect(line.hasPrefix("rank 1 on south made no progress for "), "\(line)")
    #expect(line.hasSuffix(" s: step 12, phase targets"), "\(line)")
    #expect(one.finished() == Watch.Record(line: nil, hasLeft: true, isOver: true))
  }

  /// A rank whose process is stopped sends nothing, and its connection stays.
  @Test func aRankThatIsSilentIsNamed() throws {
    let (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 0.4)
    let record = zero.finished { zero.pulse.beat() }
    #expect(record.line?.hasPrefix("rank 1 on south made no progress for ") == true)
    #expect(record.hasLeft)
    withExtendedLifetime(far) {}
  }

  @Test func rankZeroSilentIsNamedByTheOther() throws {
    let (near, far) = try LoopbackPair.links()
    let one = Watch(rank: 1, links: [0: far], limit: 0.4)
    let record = one.finished { one.pulse.beat() }
    #expect(record.line?.hasPrefix("rank 0 on north made no progress for ") == true)
    #expect(record.hasLeft)
    withExtendedLifetime(near) {}
  }

  @Test func aConnectionThatEndsWithoutAWordIsALostRank() throws {
    let near: Link
    var far: Link?
    (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 100)
    var last = Heartbeat()
    (last.rank, last.step, last.stage) = (1, 4, .backward)
    far?.send(last)
    far = nil
    let record = zero.finished { zero.pulse.beat() }
    #expect(record.line == "rank 1 on south ended without a word: step 4, phase backward")
    #expect(record.hasLeft)
  }

  // MARK: The end

  /// The word by which a rank says that it is done.
  private static var goodbye: Heartbeat {
    var word = Heartbeat()
    (word.kind, word.rank) = (.leaving, 1)
    return word
  }

  /// Rank 0 stays until the other's process has ended, which closes the connection.
  @Test func rankZeroEndsLast() throws {
    let near: Link
    var far: Link?
    (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 100)
    zero.finish()
    usleep(100_000)
    #expect(far?.receive().contains { $0.kind == .leaving } == false)
    far?.send(Self.goodbye)
    usleep(100_000)
    #expect(far?.receive().contains { $0.kind == .leaving } == true)
    #expect(zero.now == Watch.Record())
    far = nil
    #expect(zero.finished() == Watch.Record(line: nil, hasLeft: false, isOver: true))
  }

  @Test func aRankThatIsDoneAndDoesNotEndIsNamed() throws {
    let (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 0.4)
    far.send(Self.goodbye)
    zero.finish()
    let record = zero.finished()
    #expect(record.line == "rank 1 on south has done its work, but does not end for 0 s")
    #expect(record.hasLeft)
    withExtendedLifetime(far) {}
  }

  /// Others wait for rank 0's word, and miss it.
  @Test func othersThatAreDoneMissRankZero() throws {
    let (near, far) = try LoopbackPair.links()
    let one = Watch(rank: 1, links: [0: far], limit: 0.4)
    one.finish()
    let record = one.finished()
    #expect(record.line?.hasPrefix("rank 0 on north made no progress for ") == true)
    #expect(record.hasLeft)
    withExtendedLifetime(near) {}
  }

  @Test func ranksThatAreDoneEndTogether() throws {
    let (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 100)
    let one = Watch(rank: 1, links: [0: far], limit: 100)
    one.finish()
    usleep(100_000)
    #expect(one.now == Watch.Record())
    zero.finish()
    #expect(one.finished() == Watch.Record(line: nil, hasLeft: false, isOver: true))
    #expect(!zero.now.isOver)
    zero.stop()
  }

  /// Ranks that move, or that are done, are left alone; stopping wakes the thread.
  @Test func nothingIsSaidOfRanksThatMoveOrAreDone() throws {
    let (near, far) = try LoopbackPair.links()
    let zero = Watch(rank: 0, links: [1: near], limit: 0.6)
    let one = Watch(rank: 1, links: [0: far], limit: 0.6)
    for _ in 0..<20 {
      for watch in [zero, one] { watch.pulse.mark() }
      usleep(50_000)
    }
    one.stop()
    #expect(one.finished() == Watch.Record(line: nil, hasLeft: false, isOver: true))
    for _ in 0..<20 {
      zero.pulse.mark()
      usleep(50_000)
    }
    #expect(zero.now == Watch.Record())
    let begin = monotonicSeconds()
    zero.stop()
    #expect(zero.finished() == Watch.Record(line: nil, hasLeft: false, isOver: true))
    #expect(monotonicSeconds() - begin < 5)
  }
}
