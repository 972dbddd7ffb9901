// What a rank does in a step, as far as other ranks are concerned.

/// A step's way through one rank: what it sends and receives, what it waits for, and how long it computes in between. A list of them is what MPI was told
/// (``MessageRecorder``), what a simulation replays, and what both are compared by.
///
/// Messages of one space between two ranks stay in order; a space is a ``Communicator``'s.
public enum MessageAction: Sendable, Hashable {
  case compute(nanoseconds: Int)
  /// As long, without a core.
  case sleep(nanoseconds: Int)
  /// Sets off a message.
  case send(to: Int, space: Int, bytes: Int)
  /// Makes room for one.
  case receive(from: Int, space: Int, bytes: Int)
  /// Returns when the message to `rank`, or from it, that is under way has gone, or is there.
  case waitSent(to: Int, space: Int)
  case waitReceived(from: Int, space: Int)

  /// Whether a message begins here.
  public var isMessage: Bool {
    switch self {
    case .send, .receive: true
    case .compute, .sleep, .waitSent, .waitReceived: false
    }
  }

  public var space: Int? {
    switch self {
    case .compute, .sleep: nil
    case .send(_, let space, _), .receive(_, let space, _), .waitSent(_, let space),
      .waitReceived(_, let space):
      space
    }
  }

  /// The same with ranks counted from one `distance` further down.
  func shifted(by distance: Int) -> MessageAction {
    switch self {
    case .compute, .sleep: self
    case .send(let peer, let space, let bytes):
      .send(to: peer + distance, space: space, bytes: bytes)
    case .receive(let peer, let space, let bytes):
      .receive(from: peer + distance, space: space, bytes: bytes)
    case .waitSent(let peer, let space): .waitSent(to: peer + distance, space: space)
    case .waitReceived(let peer, let space): .waitReceived(from: peer + distance, space: space)
    }
  }

  /// What is to be waited for after it.
  var wait: MessageAction? {
    switch self {
    case .send(let peer, let space, _): .waitSent(to: peer, space: space)
    case .receive(let peer, let space, _): .waitReceived(from: peer, space: space)
    case .compute, .sleep, .waitSent, .waitReceived: nil
    }
  }
}

// MARK: As text

extension MessageAction {
  /// A line of a time-independent trace of SimGrid's, of `rank`: sizes in bytes, work in nanoseconds, sleep in seconds.
  public func line(of rank: Int) -> String {
    switch self {
    case .compute(let nanoseconds): "\(rank) compute \(nanoseconds)"
    case .sleep(let nanoseconds): "\(rank) sleep \(1e-9 * Double(nanoseconds))"
    case .send(let peer, let space, let bytes): "\(rank) isend \(peer) \(space) \(bytes)"
    case .receive(let peer, let space, let bytes): "\(rank) irecv \(peer) \(space) \(bytes)"
    case .waitSent(let peer, let space): "\(rank) wait \(rank) \(peer) \(space)"
    case .waitReceived(let peer, let space): "\(rank) wait \(peer) \(rank) \(space)"
    }
  }

  /// The action of such a line; nil where it is none.
  public init?(line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count >= 3, let rank = Int(words[0]) else { return nil }
    if words[1] == "sleep", words.count == 3, let seconds = Double(words[2]) {
      self = .sleep(nanoseconds: Int((1e9 * seconds).rounded()))
      return
    }
    let numbers = words.dropFirst(2).compactMap { Int($0) }
    guard numbers.count == words.count - 2 else { return nil }
    switch (words[1], numbers.count) {
    case ("compute", 1): self = .compute(nanoseconds: numbers[0])
    case ("isend", 3): self = .send(to: numbers[0], space: numbers[1], bytes: numbers[2])
    case ("irecv", 3): self = .receive(from: numbers[0], space: numbers[1], bytes: numbers[2])
    case ("wait", 3) where numbers[0] == rank:
      self = .waitSent(to: numbers[1], space: numbers[2])
    case ("wait", 3) where numbers[1] == rank:
      self = .waitReceived(from: numbers[0], space: numbers[2])
    default: return nil
    }
  }
}
