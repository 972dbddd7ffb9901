// How the minibatch of latent samples is cut into virtual shards and dealt to ranks.

import Host

/// The minibatch of `sampleCount` samples in `shardCount` equal shards, dealt to `rankCount` ranks in
/// contiguous runs whose lengths differ by at most one.
///
/// The shards are part of the configuration: all arithmetic that mixes samples is done per shard and
/// then summed along the ``ReductionTree`` over shards. The ranks are not: they only decide who computes.
public struct ShardPlan: Sendable {
  public let sampleCount: Int
  public let shardCount: Int
  public let rankCount: Int
  public let tree: ReductionTree

  /// Why counts do not fit together.
  public struct Mismatch: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(sampleCount: Int, shardCount: Int, rankCount: Int) throws(Mismatch) {
    guard shardCount > 0, sampleCount > 0, sampleCount % shardCount == 0 else {
      let fitting = (1...max(1, sampleCount)).filter { sampleCount % $0 == 0 }
      throw Mismatch(
        description:
          "training.latents: \(sampleCount) latents cannot be cut into \(shardCount) equal shards "
          + "(distribution.shards); shard counts that fit: \(Self.list(fitting))")
    }
    guard rankCount <= shardCount else {
      throw Mismatch(
        description:
          "\(rankCount) ranks are more than the \(shardCount) shards of the minibatch "
          + "(distribution.shards): start 1 to \(shardCount) ranks, or raise distribution.shards to a "
          + "divisor of \(sampleCount) that is at least \(rankCount)")
    }
    self.sampleCount = sampleCount
    self.shardCount = shardCount
    self.rankCount = rankCount
    tree = ReductionTree(leafCount: shardCount)
  }

  public var samplesPerShard: Int { sampleCount / shardCount }

  /// The shards of one rank.
  public func shards(of rank: Int) -> Range<Int> {
    rank * shardCount / rankCount..<(rank + 1) * shardCount / rankCount
  }

  /// The samples of one rank.
  public func samples(of rank: Int) -> Range<Int> {
    let shards = shards(of: rank)
    return shards.lowerBound * samplesPerShard..<shards.upperBound * samplesPerShard
  }

  /// `count` elements in `shardCount` fixed slices, slice boundaries at multiples of 16 elements.
  public func slice(_ shard: Int, of count: Int) -> Range<Int> {
    let blocks = (count + 15) / 16
    return min(
      count, shard * blocks / shardCount * 16)..<min(count, (shard + 1) * blocks / shardCount * 16)
  }

  private static func list(_ values: [Int]) -> String {
    values.map(String.init).joined(separator: ", ")
  }
}
