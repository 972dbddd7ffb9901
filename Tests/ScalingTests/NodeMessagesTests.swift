// Messages within a node take a core's time.

import Collectives
import Testing

@testable import Scaling

@Suite struct NodeMessagesTests {
  private let costs = MessageCosts(perMessage: 1e-6, bandwidth: 1e9, ranksPerCore: 1)

  @Test func receivingFromTheOwnNodeIsWork() {
    let near = NodeMessages(costs: costs, ranksOfNode: 2)
    let (own, other) = (3, 5)
    let actions: [MessageAction] = [
      .receive(from: own, space: 0, bytes: 1_000), .receive(from: own, space: 1, bytes: 4_000),
      .receive(from: own, space: 0, bytes: 2_000), .receive(from: other, space: 0, bytes: 9_000),
      .send(to: own, space: 0, bytes: 5_000), .compute(nanoseconds: 7),
      .waitReceived(from: own, space: 0), .waitReceived(from: other, space: 0),
      .waitReceived(from: own, space: 1), .waitReceived(from: own, space: 0),
      .waitSent(to: own, space: 0),
    ]
    // A microsecond each and one for each 1,000 bytes, in the order of the waits; of other nodes nothing.
    #expect(
      near.received(in: actions, by: 2)
        == actions.prefix(7) + [.compute(nanoseconds: 2_000)] + actions[7...8]
        + [.compute(nanoseconds: 5_000), actions[9], .compute(nanoseconds: 3_000), actions[10]])
  }
}
