// How samples are dealt.

import Numerics
import Testing

@Suite struct ShardPlanTests {
  @Test func ranksTakeAllSamplesInOrder() throws {
    for (samples, shards) in [(24, 8), (32, 32), (7, 7), (5, 1)] {
      for ranks in 1...4 * shards {
        let plan = try ShardPlan(sampleCount: samples, shardCount: shards, rankCount: ranks)
        #expect((0..<ranks).flatMap { plan.samples(of: $0) } == Array(0..<samples))
        #expect((0..<ranks).flatMap { plan.shards(of: $0) } == Array(0..<shards))
        let counts = (0..<ranks).map { plan.shards(of: $0).count }
        #expect(counts.max()! - counts.min()! <= 1)
        #expect(counts.filter { $0 == 0 }.count == plan.idleRankCount)
      }
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000, 633_640])
  func slicesPartitionAtSixteens(count: Int) throws {
    let plan = try ShardPlan(sampleCount: 24, shardCount: 6, rankCount: 1)
    let slices = (0..<6).map { plan.slice($0, of: count) }
    #expect(slices[0].lowerBound == 0 && slices[5].upperBound == count)
    for (left, right) in zip(slices, slices.dropFirst()) {
      #expect(left.upperBound == right.lowerBound)
      #expect(right.isEmpty || right.lowerBound % 16 == 0)
    }
  }

  @Test func unequalShardsNameThoseThatFit() throws {
    let error = #expect(throws: ShardPlan.Mismatch.self) {
      try ShardPlan(sampleCount: 12, shardCount: 8, rankCount: 1)
    }
    #expect(
      error?.description
        == "training.latents: 12 latents cannot be cut into 8 equal shards (distribution.shards); "
        + "shard counts that fit: 1, 2, 3, 4, 6, 12")
    #expect(throws: ShardPlan.Mismatch.self) {
      try ShardPlan(sampleCount: 12, shardCount: 0, rankCount: 1)
    }
  }

  /// One rank in four of the most there can be has a shard.
  @Test func farMoreRanksThanShardsAreRefused() throws {
    #expect(try ShardPlan(sampleCount: 12, shardCount: 4, rankCount: 16).idleRankCount == 12)
    let error = #expect(throws: ShardPlan.Mismatch.self) {
      try ShardPlan(sampleCount: 12, shardCount: 4, rankCount: 17)
    }
    #expect(
      error?.description
        == "17 ranks are more than 4 for each of the 4 shards of the minibatch (distribution.shards): start 1 to 16 ranks, of "
        + "which those beyond 4 have no latents, or raise distribution.shards to a divisor of 12")
  }

  @Test func theTreeNeedsAPowerOfTwo() throws {
    for ranks in 1...8 {
      let plan = { (pattern: CollectivePattern) in
        try ShardPlan(sampleCount: 12, shardCount: 4, rankCount: ranks, collectives: pattern)
      }
      #expect(try plan(.auto).collectives == .auto && plan(.alltoall).collectives == .alltoall)
      if [1, 2, 4, 8].contains(ranks) {
        #expect(try plan(.tree).collectives == .tree)
      } else {
        let error = #expect(throws: ShardPlan.Mismatch.self) { try plan(.tree) }
        #expect(
          error?.description.hasPrefix("distribution.collectives: tree needs 1, 2, 4, 8") == true)
      }
    }
  }

  /// A run of slices is what its slices are together; none are nothing, wherever.
  @Test func runsOfSlices() throws {
    let plan = try ShardPlan(sampleCount: 24, shardCount: 6, rankCount: 1)
    for first in 0...6 {
      #expect(plan.slices(first..<first, of: 1000).isEmpty)
      for end in first..<6 {
        #expect(
          plan.slices(first..<end + 1, of: 1000)
            == plan.slice(first, of: 1000).lowerBound..<plan.slice(end, of: 1000).upperBound)
      }
    }
  }
}
