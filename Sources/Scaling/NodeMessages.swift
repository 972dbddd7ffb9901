// Messages between ranks of one node, in a simulation.

import Collectives

/// What moves between ranks that share memory: a core of the rank that receives, when it waits for the message. Nothing is under way while both compute or sleep.
struct NodeMessages {
  let costs: MessageCosts
  let ranksOfNode: Int

  /// `actions` of `rank` with the work of receiving from its own node.
  func received(in actions: [MessageAction], by rank: Int) -> [MessageAction] {
    struct Way: Hashable {
      let peer: Int
      let space: Int
    }
    var expected: [Way: ArraySlice<Int>] = [:]
    var result: [MessageAction] = []
    result.reserveCapacity(2 * actions.count)
    for action in actions {
      result.append(action)
      switch action {
      case .receive(let peer, let space, let bytes) where isNear(rank, peer):
        expected[Way(peer: peer, space: space), default: []].append(bytes)
      case .waitReceived(let peer, let space) where isNear(rank, peer):
        guard let bytes = expected[Way(peer: peer, space: space)]?.popFirst() else {
          preconditionFailure("rank \(rank) waits for what it does not receive")
        }
        result.append(.compute(nanoseconds: Int(1e9 * costs.seconds(bytes: bytes))))
      default: break
      }
    }
    return result
  }

  private func isNear(_ one: Int, _ other: Int) -> Bool { one / ranksOfNode == other / ranksOfNode }
}
