// Which rows belong to which sums.

import Numerics
import Testing

@testable import Hypernetworks

@Suite struct RowLeavesTests {
  private func leaves(_ rowsPerLatent: Int, _ plan: ShardPlan, rank: Int) -> RowLeaves {
    RowLeaves(rowsPerLatent: rowsPerLatent, plan: plan, sums: .ofRows(plan), rank: rank)
  }

  /// Rows of a generator with many rows a latent are each on one rank, in runs that are leaves; where there are fewer rows than slices, some are empty.
  @Test(arguments: [1, 3, 4], [2, 3, 10, 64])
  func cutRowsAreOnOneRank(slices: Int, rowsPerLatent: Int) throws {
    for ranks in 1...12 {
      let plan = try ShardPlan(
        sampleCount: 6, shardCount: 3, sliceCount: slices, rankCount: ranks)
      var owners = [Int](repeating: 0, count: 6 * rowsPerLatent)
      for rank in 0..<ranks {
        let leaves = leaves(rowsPerLatent, plan, rank: rank)
        let sums = SumPlan.ofRows(plan).leaves(of: rank)
        #expect(leaves.runs.count == sums.count)
        let first = plan.imageSamples(of: rank).lowerBound * rowsPerLatent
        for row in leaves.rows { owners[first + row] += 1 }
        for run in 0..<leaves.runs.count {
          #expect(leaves.leaf(of: run) == run)
          for row in leaves.rows(of: run) { #expect(leaves.run(at: row) == run) }
          #expect(leaves.rows(of: run).count <= leaves.longest)
          #expect(!leaves.isEven || leaves.rows(of: run).count == leaves.longest)
        }
        #expect(leaves.rows(of: 0..<leaves.runs.count) == 0..<leaves.rows.count)
        let empty = (0..<leaves.runs.count).filter { leaves.rows(of: $0).isEmpty }
        #expect(leaves.emptyLeaves(of: sums.count) == empty)
      }
      #expect(owners.allSatisfy { $0 == 1 }, "\(ranks) ranks")
    }
  }

  /// One row a latent: all ranks of a group have all rows, and one of them counts, in one leaf a shard.
  @Test func singleRowsAreOnAllRanksOfAGroup() throws {
    for ranks in 1...12 {
      let plan = try ShardPlan(sampleCount: 6, shardCount: 3, sliceCount: 4, rankCount: ranks)
      var counted = [Int](repeating: 0, count: 12)
      for rank in 0..<ranks {
        let leaves = leaves(1, plan, rank: rank)
        let sums = SumPlan.ofRows(plan).leaves(of: rank)
        #expect(leaves.rows == 0..<plan.imageSamples(of: rank).count)
        for run in 0..<leaves.runs.count {
          #expect(leaves.rows(of: run) == 2 * run..<2 * run + 2)
          let leaf = leaves.leaf(of: run)
          guard plan.shards(of: rank).isEmpty else {
            counted[sums.lowerBound + leaf] += 1
            #expect(!leaves.emptyLeaves(of: sums.count).contains(leaf))
            continue
          }
          #expect(leaf == sums.count)
          #expect(leaves.emptyLeaves(of: sums.count) == Array(0..<sums.count))
        }
      }
      for shard in 0..<3 { #expect(counted[4 * shard..<4 * shard + 4].reduce(0, +) == 1) }
    }
  }
}
