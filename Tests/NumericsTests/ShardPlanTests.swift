// How samples are dealt.

import Numerics
import Testing

@Suite struct ShardPlanTests {
  @Test func ranksTakeAllSamplesInOrder() throws {
    for (samples, shards) in [(24, 8), (32, 32), (7, 7), (5, 1)] {
      for ranks in 1...shards {
        let plan = try ShardPlan(sampleCount: samples, shardCount: shards, rankCount: ranks)
        #expect((0..<ranks).flatMap { plan.samples(of: $0) } == Array(0..<samples))
        #expect((0..<ranks).flatMap { plan.shards(of: $0) } == Array(0..<shards))
        let counts = (0..<ranks).map { plan.shards(of: $0).count }
        #expect(counts.min()! > 0 && counts.max()! - counts.min()! <= 1)
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

  @Test func moreRanksThanShardsAreRefused() throws {
    let error = #expect(throws: ShardPlan.Mismatch.self) {
      try ShardPlan(sampleCount: 12, shardCount: 4, rankCount: 5)
    }
    #expect(error?.description.hasPrefix("5 ranks are more than the 4 shards") == true)
  }
}
