// Notices a rank that stands still and ends the run, so that no rank waits for it forever.

import Collectives
import Glibc
import Host
import Synchronization

/// A thread on every rank that sees the main thread's ``Pulse`` and talks over TCP, never over MPI: main
/// threads may all be waiting inside MPI.
///
/// Every rank sends its heartbeat to rank 0, which judges (``RankTable``), names the rank that holds up
/// the others in one line and ends all; rank 0's own heartbeats to the others let them notice when it is
/// rank 0 that is silent.
public final class Watchdog {
  private let thread: WatchdogThread
  private var handle = pthread_t()
  private var isStopped = false

  /// Connects all ranks and starts watching. Nil for a run of one rank or with `limit` 0, and where ranks
  /// cannot reach rank 0, which it warns of. Collective.
  public static func start(limit: Double, pulse: Pulse, communicator: Communicator) throws
    -> Watchdog?
  {
    guard limit > 0, communicator.size > 1 else { return nil }
    let hosts = try communicator.gather(communicator.hostName)
    guard let links = try connect(communicator) else { return nil }
    let watched = communicator.rank == 0 ? 0..<communicator.size : 0..<1
    return Watchdog(
      WatchdogThread(
        rank: communicator.rank, pulse: pulse,
        table: RankTable(limit: limit, ranks: watched, hosts: hosts), links: links))
  }

  private init(_ thread: WatchdogThread) {
    self.thread = thread
    let raw = Unmanaged.passRetained(thread).toOpaque()
    let status = pthread_create(
      &handle, nil,
      { raw in
        Unmanaged<WatchdogThread>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }, raw)
    precondition(status == 0, "Watchdog: pthread_create failed with \(status)")
  }

  deinit { stop() }

  /// Tells the others that this rank is done, and ends the thread. Local.
  public func stop() {
    if isStopped { return }
    isStopped = true
    thread.stop()
    pthread_join(handle, nil)
  }

  /// Links by rank: rank 0's to all others, another rank's to rank 0. Nil on all ranks where one has
  /// none. Collective.
  private static func connect(_ communicator: Communicator) throws -> [Int: Link]? {
    let isLocal = communicator.ranksOnThisNode == communicator.size
    let listener = communicator.rank == 0 ? Listener(onThisMachineOnly: isLocal) : nil
    var secret = Int64.random(in: 1...Int64.max)
    var invitation = ""
    if let listener {
      let addresses = isLocal ? [SocketAddress.loopback] : SocketAddress.ofThisMachine()
      invitation = ([secret, Int64(listener.port)] + addresses.map { Int64($0.s_addr) })
        .map(String.init).joined(separator: " ")
    }
    let numbers = try communicator.broadcast(invitation, from: 0).split(separator: " ")
      .compactMap { Int64($0) }

    var links: [Int: Link] = [:]
    if communicator.rank > 0, numbers.count > 2 {
      secret = numbers[0]
      let hosts = numbers.dropFirst(2).map { in_addr(s_addr: UInt32($0)) }
      links[0] = SocketAddress.connect(hosts, port: UInt16(numbers[1]), within: 3)
      var hello = Heartbeat()
      (hello.kind, hello.rank, hello.marks) = (.hello, communicator.rank, Int(secret))
      links[0]?.send(hello)
    }
    // Connections wait at rank 0 to be accepted.
    let isConnected = communicator.rank == 0 ? !numbers.isEmpty : links[0] != nil
    let unconnected = try communicator.max(isConnected ? 0 : communicator.size - communicator.rank)
    if unconnected == 0, let listener {
      links = accept(from: listener, secret: Int(secret), count: communicator.size - 1)
    }
    let isComplete = !(communicator.rank == 0 && links.count < communicator.size - 1)
    let missing = try Swift.max(unconnected, communicator.max(isComplete ? 0 : communicator.size))
    if missing == 0 { return links }
    if communicator.rank == 0 {
      StandardError.note(
        "warning: rank \(communicator.size - missing) cannot make the TCP connections by which stalled "
          + "ranks are noticed; a stalled rank will leave the others waiting "
          + "(distribution.stallSeconds=0 asks for this)")
    }
    return nil
  }

  /// The links of ranks that know the secret.
  private static func accept(from listener: Listener, secret: Int, count: Int) -> [Int: Link] {
    var links: [Int: Link] = [:]
    let begin = monotonicSeconds()
    while links.count < count, monotonicSeconds() - begin < 10 {
      guard let link = listener.accept(within: 1) else { continue }
      var waiting = pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&waiting, 1, 1000)
      if let hello = link.receive().first, hello.kind == .hello, hello.marks == secret {
        links[hello.rank] = link
      }
    }
    return links
  }
}

/// What the thread does. Its own state belongs to it alone; ``stop()`` may come from another.
private final class WatchdogThread: @unchecked Sendable {
  private let rank: Int
  private let pulse: Pulse
  private var table: RankTable
  private let links: [Int: Link]
  private let interval: Double
  private let isStopping = Atomic<Bool>(false)
  /// Written to by ``stop()`` to wake the thread.
  private let wake: [Int32]

  private var beats = -1
  private var idleSeconds = 0.0

  init(rank: Int, pulse: Pulse, table: RankTable, links: [Int: Link]) {
    self.rank = rank
    self.pulse = pulse
    self.table = table
    self.links = links
    interval = min(0.5, max(0.05, table.limit / 10))
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wake = ends
  }

  deinit { for end in wake { close(end) } }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    var byte: UInt8 = 0
    _ = write(wake[1], &byte, 1)
  }

  func run() {
    var last = monotonicSeconds()
    var nextBeat = last
    while !isStopping.load(ordering: .acquiring) {
      awaitNews(for: max(0, nextBeat - monotonicSeconds()))
      let now = monotonicSeconds()
      // Time in which this process was stopped is nobody's fault.
      let elapsed = min(now - last, 2 * interval)
      last = now
      noteOwnProgress(elapsed)
      table.wait(elapsed)
      hear()
      if now >= nextBeat {
        nextBeat = now + interval
        let own = heartbeat(.beat)
        table.hear(own)
        for link in links.values { link.send(own) }
      }
      if let line = table.verdict() { end(line) }
    }
    for link in links.values { link.send(heartbeat(.leaving)) }
  }

  private func awaitNews(for seconds: Double) {
    var waiting = [pollfd(fd: wake[0], events: Int16(POLLIN), revents: 0)]
    for link in links.values where link.isOpen {
      waiting.append(pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0))
    }
    poll(&waiting, nfds_t(waiting.count), Int32((1000 * seconds).rounded(.up)))
  }

  private func noteOwnProgress(_ elapsed: Double) {
    let now = pulse.beats
    idleSeconds = now == beats ? idleSeconds + elapsed : 0
    beats = now
  }

  private func heartbeat(_ kind: Heartbeat.Kind) -> Heartbeat {
    var result = Heartbeat()
    (result.kind, result.rank) = (kind, rank)
    (result.step, result.stage, result.marks) = (pulse.step, pulse.stage, pulse.marks)
    result.idleSeconds = idleSeconds
    return result
  }

  private func hear() {
    for (peer, link) in links {
      for heartbeat in link.receive() {
        if heartbeat.kind == .end { _exit(ExitStatus.failed.rawValue) }
        table.hear(heartbeat)
      }
      if !link.isOpen { table.lose(peer) }
    }
  }

  /// Prints why, tells the others, and ends this process; whoever started the ranks then ends all.
  private func end(_ line: String) -> Never {
    // The lowest of the ranks that miss rank 0 speaks for them.
    if rank > 1 { usleep(useconds_t(2_000_000)) }
    StandardError.note("hyperdist: \(line); the run ends here: continue it with --resume auto")
    for link in links.values { link.send(heartbeat(.end)) }
    usleep(200_000)
    _exit(ExitStatus.failed.rawValue)
  }
}
