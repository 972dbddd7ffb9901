// Messages that are under way together.

/// Some messages of one rank that are set off together and waited for together. Each list is in MPI's order.
public struct MessageStage: Sendable, Hashable {
  public let starts: [MessageAction]

  /// Messages of nothing are left out, on both sides alike.
  public init(_ messages: [MessageAction]) {
    starts = messages.filter { message in
      switch message {
      case .send(_, _, let bytes), .receive(_, _, let bytes): bytes > 0
      case .compute, .sleep, .waitSent, .waitReceived: false
      }
    }
  }

  /// The same with ranks counted from one `distance` further down.
  public func shifted(by distance: Int) -> MessageStage {
    distance == 0 ? self : MessageStage(starts.map { $0.shifted(by: distance) })
  }

  /// In the same order.
  public var waits: [MessageAction] { starts.compactMap(\.wait) }
}

extension [MessageStage] {
  /// One stage after the other.
  public var actions: [MessageAction] { flatMap { $0.starts + $0.waits } }
}
