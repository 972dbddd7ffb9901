// Who has which leaves of a sum.

import Numerics
import Testing

@Suite struct SumPlanTests {
  /// All leaves, one rank's behind the other's, whatever the counts; a group's ranks have their slices of its shard.
  @Test(arguments: 1...10, [1, 2, 3, 4, 7, 8])
  func everyLeafIsOnOneRank(shards: Int, slices: Int) throws {
    for ranks in 1...shards * max(4, slices) {
      let plan = try ShardPlan(
        sampleCount: 2 * shards, shardCount: shards, sliceCount: slices, rankCount: ranks)
      let rows = SumPlan.ofRows(plan)
      #expect(rows.tree.root == 0..<shards * slices && rows.tree.grain == slices)
      let runs = (0..<ranks).map(rows.leaves)
      #expect(runs.flatMap { Array($0) } == Array(rows.tree.root))
      for (rank, run) in runs.enumerated() {
        guard let group = plan.group(of: rank) else {
          let own = plan.shards(of: rank)
          #expect(run == slices * own.lowerBound..<slices * own.upperBound)
          continue
        }
        #expect(run.map { $0 / slices } == run.map { _ in group.shard })
        #expect(run.map { $0 % slices } == Array(plan.slices(of: rank)))
      }
      guard rows.followsTree else { continue }
      for (rank, run) in runs.enumerated() {
        #expect(rows.tree.cover(of: run).count == (run.isEmpty ? 0 : 1), "\(rank) of \(ranks)")
      }
    }
  }

  /// Ranks that are powers of two add along the tree while none of them is without slices.
  @Test func neighboursAddAlongTheTree() throws {
    func follows(_ shards: Int, _ slices: Int, _ ranks: Int) throws -> Bool {
      SumPlan.ofRows(
        try ShardPlan(
          sampleCount: shards, shardCount: shards, sliceCount: slices, rankCount: ranks)
      ).followsTree
    }
    for ranks in [1, 2, 4, 8, 16, 32] {
      #expect(try follows(8, 4, ranks))
      #expect(try follows(10, 4, ranks))
      #expect(try follows(32, 2, ranks))
    }
    #expect(try !follows(8, 4, 12))
    // Two of four ranks a shard have slices.
    #expect(try !follows(8, 2, 32))
    #expect(try follows(2, 6, 8))
    // One of three shards has eight ranks, of which six have a slice.
    #expect(try !follows(3, 6, 16))
  }
}
