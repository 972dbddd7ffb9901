// How images are dealt where ranks outnumber shards.

import Numerics
import Testing

@Suite struct RankGroupTests {
  /// Every slice of every sample's images is on one rank, whatever the counts; groups are neighbours, and one of them has the samples.
  @Test(arguments: 1...10, [1, 2, 3, 4, 7, 8])
  func everySliceIsOnOneRank(shards: Int, slices: Int) throws {
    for ranks in 1...shards * max(4, slices) {
      let plan = try ShardPlan(
        sampleCount: 2 * shards, shardCount: shards, sliceCount: slices, rankCount: ranks)
      var owners = [Int](repeating: 0, count: 2 * shards * slices)
      for rank in 0..<ranks {
        for sample in plan.imageSamples(of: rank) {
          for slice in plan.slices(of: rank) { owners[sample * slices + slice] += 1 }
        }
        guard let group = plan.group(of: rank) else {
          #expect(plan.imageSamples(of: rank) == plan.samples(of: rank))
          #expect(plan.samples(of: rank).isEmpty || plan.slices(of: rank) == 0..<slices)
          continue
        }
        #expect(ranks > shards && slices > 1)
        #expect(group.ranks.contains(rank) && group.ranks.contains(group.owner))
        #expect(group.ranks.count > 1 && group.ranks.count <= slices)
        #expect(plan.shards(of: group.owner) == group.shard..<group.shard + 1)
        #expect(!plan.slices(of: rank).isEmpty)
        for other in group.ranks {
          #expect(plan.group(of: other)?.ranks == group.ranks)
          #expect(other == group.owner || plan.samples(of: other).isEmpty)
        }
      }
      #expect(owners.allSatisfy { $0 == 1 }, "\(shards) shards, \(slices) slices, \(ranks) ranks")
      // Nobody stands idle who could have a slice.
      let working = (0..<ranks).count { !plan.imageSamples(of: $0).isEmpty }
      #expect(working >= min(ranks, shards))
      if ranks == shards * slices { #expect(working == ranks) }
    }
  }

  @Test func theMostRanks() throws {
    func plan(_ ranks: Int, slices: Int) throws -> ShardPlan {
      try ShardPlan(sampleCount: 8, shardCount: 4, sliceCount: slices, rankCount: ranks)
    }
    #expect(try plan(32, slices: 8).group(of: 31)?.slices(of: 31) == 7..<8)
    let error = #expect(throws: ShardPlan.Mismatch.self) { try plan(33, slices: 8) }
    #expect(
      error?.description
        == "33 ranks are more than 8 for each of the 4 shards of the minibatch (distribution.shards): start 1 to 32 ranks, each "
        + "with some slices of a latent's images (distribution.slices: 8), or raise distribution.shards to a divisor of 8"
    )
    let few = #expect(throws: ShardPlan.Mismatch.self) { try plan(17, slices: 2) }
    #expect(few?.description.contains("those beyond 8 have no images") == true)
  }
}
