// Sums on several ranks, their digests compared.

import TestSupport
import Testing

@Suite(.serialized) struct ReproducibleAllReduceTests {
  static let rankCounts = [1, 2, 3, 4, 5, 8]

  /// Sums of 8, 13 and 32 shards, short and long, Float and Double: the same bits whatever the number of
  /// ranks, those of the tree's plain recursion, and within the rounding bound of the sum in Double.
  @Test func sameBitsAtAnyRankCount() throws {
    let single = try RankLauncher.run("CollectivesProbe", ["sums"], ranks: nil)
    #expect(single.status == 0, "\(single.errors)")
    #expect(single.lines.count == 3 * 4 * 2 * 2 * 4)
    for line in single.lines {
      #expect(line.hasSuffix("ranks agree true, differing 0, within bound true"), "\(line)")
    }
    for ranks in Self.rankCounts {
      let run = try RankLauncher.run("CollectivesProbe", ["sums"], ranks: ranks)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == single.output, "\(ranks) ranks")
    }
  }

  /// The data of these tests tell orders of summation apart: summed rank by rank, as an ordinary
  /// all-reduce does, they give other bits at other rank counts.
  @Test func otherOrdersAreCaught() throws {
    let digests = try [1, 2, 3, 4].map {
      try RankLauncher.run("CollectivesProbe", ["rank-order"], ranks: $0).output
    }
    #expect(Set(digests).count == digests.count)
  }

  /// Leaves of the tree in another order give other bits, the same at any rank count. (a + b = b + a, so
  /// a pair of leaves exchanged within its node does not.)
  @Test func aReorderedTreeIsCaught() throws {
    var outputs: Set<[String]> = []
    for ranks in [1, 2, 3, 8] {
      outputs.insert(
        try RankLauncher.run("CollectivesProbe", ["leaf-order"], ranks: ranks).lines)
    }
    #expect(outputs.count == 1)
    let digests = try #require(outputs.first)
    #expect(digests.count == 3)
    #expect(digests[0] == digests[1])
    #expect(digests[0] != digests[2])
  }
}
