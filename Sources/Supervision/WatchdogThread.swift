// The thread that watches: what it hears, when it speaks, what it concludes.

import CHost
import Glibc
import Host
import Synchronization

/// One rank's watch over the others. Its own state belongs to the thread that calls ``run()``; ``stop()`` may come
/// from another.
final class WatchdogThread: @unchecked Sendable {
  private let rank: Int
  /// Nil: whether this rank is there is judged, not how far it comes.
  private let pulse: Mutex<Pulse?>
  private var table: RankTable
  private let links: [Int: Link]
  private let announce: @Sendable (String) -> Void
  private let leave: @Sendable () -> Void
  private let interval: Double
  private let isStopping = Atomic<Bool>(false)
  private let isFinishing = Atomic<Bool>(false)
  /// Written to by ``stop()`` and ``finish()`` to wake the thread.
  private let wake: [Int32]

  private var beats = -1
  private var idleSeconds = 0.0

  /// `links` by rank. When the run must end, the rank that finds out announces why; each rank leaves, the one
  /// that found out when the others have been told. Whoever started the ranks then ends all.
  init(
    rank: Int, pulse: Pulse? = nil, table: RankTable, links: [Int: Link],
    announce: @escaping @Sendable (String) -> Void, leave: @escaping @Sendable () -> Void
  ) {
    self.rank = rank
    self.pulse = Mutex(pulse)
    self.table = table
    self.links = links
    self.announce = announce
    self.leave = leave
    interval = min(0.5, max(0.05, table.limit / 10))
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wake = ends
  }

  deinit { for end in wake { close(end) } }

  func stop() { tell(isStopping) }

  /// As ``stop()``, but watches until all others are done as well; rank 0 until their processes have ended.
  func finish() { tell(isFinishing) }

  private func tell(_ flag: borrowing Atomic<Bool>) {
    flag.store(true, ordering: .releasing)
    var byte: UInt8 = 0
    _ = write(wake[1], &byte, 1)
  }

  /// Watches until ``stop()`` or ``finish()`` is called or the run ends.
  func run() {
    hyperdist_leave_allocations_uncounted()
    var last = monotonicSeconds()
    var nextBeat = last
    var hasLeft = false
    while !isStopping.load(ordering: .acquiring) {
      if isFinishing.load(ordering: .acquiring) {
        // Rank 0 stays until it has heard this of all others.
        if !hasLeft, rank > 0 { sayGoodbye() }
        hasLeft = true
        if table.haveLeft(besides: rank) { break }
      }
      awaitNews(for: max(0, nextBeat - monotonicSeconds()))
      let now = monotonicSeconds()
      // Time in which this process was stopped is nobody's fault.
      let elapsed = min(now - last, 2 * interval)
      last = now
      noteOwnProgress(elapsed)
      table.wait(elapsed)
      if hear() { return leave() }
      if now >= nextBeat {
        nextBeat = now + interval
        let own = heartbeat(.beat)
        table.hear(own)
        for link in links.values { link.send(own) }
      }
      if let line = table.verdict() { return end(line) }
    }
    if rank == 0 || !hasLeft { sayGoodbye() }
    if rank == 0, hasLeft { awaitEnds() }
  }

  private func sayGoodbye() {
    for link in links.values { link.send(heartbeat(.leaving)) }
  }

  /// Returns when all others' processes have ended.
  private func awaitEnds() {
    table.awaitEnds()
    var last = monotonicSeconds()
    while !isStopping.load(ordering: .acquiring), links.values.contains(where: \.isOpen) {
      awaitNews(for: interval)
      let now = monotonicSeconds()
      table.wait(min(now - last, 2 * interval))
      last = now
      if hear() { return leave() }
      if let line = table.lingering(besides: rank) { return end(line) }
    }
  }

  private func awaitNews(for seconds: Double) {
    var waiting: [pollfd] = []
    // What was written there stays.
    if !isFinishing.load(ordering: .acquiring) {
      waiting.append(pollfd(fd: wake[0], events: Int16(POLLIN), revents: 0))
    }
    for link in links.values where link.isOpen {
      waiting.append(pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0))
    }
    poll(&waiting, nfds_t(waiting.count), Int32((1000 * seconds).rounded(.up)))
  }

  /// Whose progress is told from here on; from any thread.
  func follow(_ pulse: Pulse?) { self.pulse.withLock { $0 = pulse } }

  private func noteOwnProgress(_ elapsed: Double) {
    guard let pulse = pulse.withLock({ $0 }) else {
      (beats, idleSeconds) = (-1, 0)
      return
    }
    let now = pulse.beats
    idleSeconds = now == beats ? idleSeconds + elapsed : 0
    beats = now
  }

  private func heartbeat(_ kind: Heartbeat.Kind) -> Heartbeat {
    var result = Heartbeat()
    (result.kind, result.rank) = (kind, rank)
    if let pulse = pulse.withLock({ $0 }) {
      (result.step, result.stage, result.marks) = (pulse.step, pulse.stage, pulse.marks)
    }
    result.idleSeconds = idleSeconds
    return result
  }

  /// Whether another rank says that the run ends.
  private func hear() -> Bool {
    for (peer, link) in links {
      for heartbeat in link.receive() {
        if heartbeat.kind == .end { return true }
        table.hear(heartbeat)
      }
      if !link.isOpen { table.lose(peer) }
    }
    return false
  }

  /// Says why, tells the others, and leaves.
  private func end(_ line: String) {
    // The lowest of the ranks that miss rank 0 speaks for them.
    if rank > 1 { usleep(useconds_t(2_000_000)) }
    announce(line)
    for link in links.values { link.send(heartbeat(.end)) }
    usleep(200_000)
    leave()
  }
}
