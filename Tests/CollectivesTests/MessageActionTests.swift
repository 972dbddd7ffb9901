// Actions as lines of a trace.

import Collectives
import Testing

@Suite struct MessageActionTests {
  @Test func linesComeBack() {
    let actions: [MessageAction] = [
      .compute(nanoseconds: 12), .send(to: 3, space: 1, bytes: 40),
      .receive(from: 4, space: 0, bytes: 8), .waitSent(to: 3, space: 1),
      .waitReceived(from: 4, space: 0), .sleep(nanoseconds: 1_500),
    ]
    #expect(
      actions.map { $0.line(of: 2) } == [
        "2 compute 12", "2 isend 3 1 40", "2 irecv 4 0 8", "2 wait 2 3 1", "2 wait 4 2 0",
        "2 sleep 1.5e-06",
      ])
    for action in actions { #expect(MessageAction(line: action.line(of: 2)) == action) }
    for line in ["", "2 init", "2 isend 3 1", "2 wait 5 6 0", "2 compute x", "2 sleep x"] {
      #expect(MessageAction(line: line) == nil, "\(line)")
    }
  }
}
