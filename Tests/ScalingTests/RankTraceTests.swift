// Traces in files, and where they differ.

import Collectives
import TestSupport
import Testing

@testable import Scaling

@Suite struct RankTraceTests {
  private let actions: [MessageAction] = [
    .receive(from: 1, space: 0, bytes: 8), .send(to: 1, space: 0, bytes: 8),
    .compute(nanoseconds: 5), .send(to: 1, space: 2, bytes: 16), .waitReceived(from: 1, space: 0),
    .waitSent(to: 1, space: 0), .waitSent(to: 1, space: 2),
  ]

  @Test func traceComesBack() throws {
    let folder = TestFolder()
    try RankTrace.write(actions, rank: 0, to: folder.path)
    #expect(try RankTrace.read(rank: 0, from: folder.path) == actions)
    #expect(throws: ScalingError.self) { try RankTrace.read(rank: 1, from: folder.path) }
  }

  @Test func differencesAreFound() throws {
    #expect(RankTrace.difference(actions, actions) == nil)
    // Spaces go on by themselves; computing and waiting is another matter.
    var other = actions
    other.removeAll { !$0.isMessage }
    other.swapAt(1, 2)
    #expect(RankTrace.difference(actions, other) == nil)
    other[0] = .receive(from: 1, space: 0, bytes: 9)
    #expect(RankTrace.difference(actions, other)?.hasPrefix("space 0, message 0") == true)
    #expect(
      RankTrace.difference(actions, Array(actions.prefix(2)))
        == "space 2, message 0 of 1 and 0: send(to: 1, space: 2, bytes: 16), not nothing")
  }
}
