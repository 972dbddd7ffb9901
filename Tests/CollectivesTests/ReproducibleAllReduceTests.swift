// Sums on several ranks, their digests compared.

import TestSupport
import Testing

@Suite(.serialized) struct ReproducibleAllReduceTests {
  /// Sums of 8, 13 and 32 shards, and of shards' slices, short and long, whole and in halves, Float and Double: the same bits whatever the number of
  /// ranks and their messages, those of the tree's plain recursion, and within the rounding bound of the sum in Double.
  @Test func sameBitsAtAnyRankCount() throws {
    let single = try RankLauncher.run("CollectivesProbe", ["sums"], ranks: nil)
    #expect(single.status == 0, "\(single.errors)")
    #expect(single.lines.count == (3 * 4 * 2 + 4 * 2) * 2 * 7)
    for line in single.lines {
      #expect(line.hasSuffix("ranks agree true, differing 0, within bound true"), "\(line)")
    }
    let runs: [(ranks: Int, pattern: String)] =
      [2, 4, 8, 32].map { ($0, "tree") } + [3, 5, 7, 11].map { ($0, "auto") }
      + [2, 4, 16].map { ($0, "alltoall") }
    for (ranks, pattern) in runs {
      let run = try RankLauncher.run("CollectivesProbe", ["sums", pattern], ranks: ranks)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output == single.output, "\(ranks) ranks, \(pattern)")
    }
  }

  /// The tree's meetings in the opposite order agree among the ranks, and are another sum from four ranks on.
  @Test func farthestFirstIsCaught() throws {
    var trees: Set<String> = []
    for ranks in [2, 4, 8] {
      let lines = try RankLauncher.run("CollectivesProbe", ["farthest-first"], ranks: ranks).lines
      #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix(" true") }, "\(lines)")
      #expect((lines.first == lines.last) == (ranks == 2), "\(ranks) ranks")
      trees.insert(lines[0])
    }
    #expect(trees.count == 1)
  }

  /// One operation and a message a level along the tree, two of each where halves go there and back; all to all a message to every rank.
  @Test(arguments: [2, 4, 8, 16, 32])
  func messagesAreCounted(ranks: Int) throws {
    let levels = ranks.trailingZeroBitCount
    let tree = try RankLauncher.run("CollectivesProbe", ["counts", "tree"], ranks: ranks).lines
    let halves = 2 * 400_000 * (ranks - 1) / ranks
    #expect(tree.first == "100 floats: 1 operations, \(levels) messages, \(400 * levels) bytes")
    let long = try #require(tree.last?.split(separator: " ").compactMap { Int($0) })
    #expect(long[0...2] == [100_000, 1, 2 * levels])
    // Boundaries at multiples of 16 elements.
    #expect(abs(long[3] - halves) <= 2 * 64 * levels)
    let other = try RankLauncher.run("CollectivesProbe", ["counts", "alltoall"], ranks: ranks).lines
    #expect(
      other.last?.hasPrefix("100000 floats: 2 operations, \(2 * (ranks - 1)) messages, ") == true)
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
