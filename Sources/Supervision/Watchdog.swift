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

  /// Connects all ranks and starts watching that all are there. Nil for a run of one rank or with `limit` 0, and where ranks
  /// cannot reach rank 0, which it warns of. `advice` is what to do when the program has ended. Collective.
  public static func start(limit: Double, advice: String, communicator: Communicator) throws
    -> Watchdog?
  {
    guard limit > 0, communicator.size > 1 else { return nil }
    let hosts = try communicator.gather(communicator.hostName)
    guard let links = try connect(communicator) else { return nil }
    let watched = communicator.rank == 0 ? 0..<communicator.size : 0..<1
    return Watchdog(
      WatchdogThread(
        rank: communicator.rank,
        table: RankTable(limit: limit, ranks: watched, hosts: hosts), links: links,
        announce: { StandardError.note("hyperdist: \($0); the run ends here: \(advice)") },
        leave: { _exit(ExitStatus.failed.rawValue) }))
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

  /// From here on judges how far ranks come too, as their pulses tell; nil: no more. Called by all ranks. Local.
  public func follow(_ pulse: Pulse?) { thread.follow(pulse) }

  /// Tells the others that this rank is done, and ends the thread. Local.
  public func stop() { end { $0.stop() } }

  /// The same at a program's end, when nothing is left to do but to end: rank 0 waits until all others' processes have ended, the others until rank 0 has
  /// no rank to wait for, and who does not come within the limit is named. Called by all ranks.
  public func finish() {
    // The system closes the connections when the process ends, which is what rank 0 waits for.
    _ = Unmanaged.passRetained(thread)
    end { $0.finish() }
  }

  private func end(_ tell: (WatchdogThread) -> Void) {
    if isStopped { return }
    isStopped = true
    tell(thread)
    pthread_join(handle, nil)
  }

  /// Links by rank: rank 0's to all others, another rank's to rank 0. Nil on all ranks where one has
  /// none. Collective.
  private static func connect(_ communicator: Communicator) throws -> [Int: Link]? {
    let isLocal = communicator.ranksOnThisNode == communicator.size
    let listener = communicator.rank == 0 ? Listener(onThisMachineOnly: isLocal) : nil
    let cards = NetworkCards()
    var secret = Int.random(in: 1...Int.max)
    var invitation = ""
    if let listener {
      let addresses = isLocal ? [] : cards.chosenByLauncher.map(\.address)
      // Several hosts may be one machine, as containers are.
      let places = addresses + [.loopback, .loopbackOfVersion6]
      invitation = (["\(secret)", "\(listener.port)"] + places.map(\.text)).joined(separator: " ")
    }
    let words = try communicator.broadcast(invitation, from: 0).split(separator: " ")

    var links: [Int: Link] = [:]
    if communicator.rank > 0, words.count > 2, let port = UInt16(words[1]) {
      secret = Int(words[0]) ?? 0
      links[0] = SocketAddress.connect(
        words.dropFirst(2).compactMap { SocketAddress($0) }, port: port, within: 3)
      var hello = Heartbeat()
      (hello.kind, hello.rank, hello.marks) = (.hello, communicator.rank, secret)
      links[0]?.send(hello)
    }
    // Connections wait at rank 0 to be accepted.
    let isConnected = communicator.rank == 0 ? !words.isEmpty : links[0] != nil
    let unconnected = try communicator.max(isConnected ? 0 : communicator.size - communicator.rank)
    if unconnected == 0, let listener {
      links = accept(from: listener, secret: secret, count: communicator.size - 1)
    }
    let isComplete = !(communicator.rank == 0 && links.count < communicator.size - 1)
    let missing = try Swift.max(unconnected, communicator.max(isComplete ? 0 : communicator.size))
    if missing == 0 {
      if communicator.rank == 0, !isLocal { tellNetwork(cards, links) }
      return links
    }
    if communicator.rank == 0 {
      StandardError.note(
        "warning: rank \(communicator.size - missing) cannot make the TCP connections by which stalled "
          + "ranks are noticed; a stalled rank will leave the others waiting "
          + "(distribution.stallSeconds=0 asks for this)")
    }
    return nil
  }

  /// Says by which of several networks other hosts are heard of.
  private static func tellNetwork(_ cards: NetworkCards, _ links: [Int: Link]) {
    let used = Set(
      links.values.compactMap { SocketAddress.own(of: $0.descriptor) }.map { address in
        cards.name(of: address).map { "\($0) (\(address.text))" } ?? address.text
      })
    StandardError.note(
      "network      heartbeats over \(used.sorted().joined(separator: " and ")); for them and for MPI, "
        + "mpirun --mca btl_tcp_if_include NAME chooses another")
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
