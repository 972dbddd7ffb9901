// How the minibatch of latent samples is cut into virtual shards and dealt to ranks.

import Host

/// The minibatch of `sampleCount` samples in `shardCount` equal shards, dealt to `rankCount` ranks in
/// contiguous runs whose lengths differ by at most one (``ReductionTree/leaves(of:among:)``).
///
/// The shards are part of the configuration: all arithmetic that mixes samples is done per shard and
/// then summed along the ``ReductionTree`` over shards. The ranks are not: they only decide who computes.
/// Ranks beyond the shards have no samples; they take part in exchanges, and in what is divided by other things than samples.
public struct ShardPlan: Sendable {
  public let sampleCount: Int
  public let shardCount: Int
  public let rankCount: Int
  public let collectives: CollectivePattern
  public let tree: ReductionTree

  /// More ranks for each shard than these are taken for a mistake: all but one of them have no samples.
  private static let mostRanksPerShard = 4

  /// Why counts do not fit together.
  public struct Mismatch: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(
    sampleCount: Int, shardCount: Int, rankCount: Int, collectives: CollectivePattern = .auto
  ) throws(Mismatch) {
    guard shardCount > 0, sampleCount > 0, sampleCount % shardCount == 0 else {
      let fitting = (1...max(1, sampleCount)).filter { sampleCount % $0 == 0 }
      throw Mismatch(
        description:
          "training.latents: \(sampleCount) latents cannot be cut into \(shardCount) equal shards "
          + "(distribution.shards); shard counts that fit: \(Self.list(fitting))")
    }
    let mostRanks = Self.mostRanksPerShard * shardCount
    guard rankCount <= mostRanks else {
      throw Mismatch(
        description:
          "\(rankCount) ranks are more than \(Self.mostRanksPerShard) for each of the \(shardCount) shards of the minibatch "
          + "(distribution.shards): start 1 to \(mostRanks) ranks, of which those beyond \(shardCount) have no latents, or "
          + "raise distribution.shards to a divisor of \(sampleCount)")
    }
    guard collectives != .tree || rankCount.nonzeroBitCount == 1 else {
      throw Mismatch(
        description:
          "distribution.collectives: tree needs 1, 2, 4, 8 or another power of two of ranks, not \(rankCount); auto takes the "
          + "tree where it can")
    }
    self.sampleCount = sampleCount
    self.shardCount = shardCount
    self.rankCount = rankCount
    self.collectives = collectives
    tree = ReductionTree(leafCount: shardCount)
  }

  public var samplesPerShard: Int { sampleCount / shardCount }

  /// The shards of one rank.
  public func shards(of rank: Int) -> Range<Int> { tree.leaves(of: rank, among: rankCount) }

  /// Ranks without samples.
  public var idleRankCount: Int { max(0, rankCount - shardCount) }

  /// The samples of one rank.
  public func samples(of rank: Int) -> Range<Int> {
    let shards = shards(of: rank)
    return shards.lowerBound * samplesPerShard..<shards.upperBound * samplesPerShard
  }

  /// `count` elements in `shardCount` fixed slices, slice boundaries at multiples of 16 elements.
  public func slice(_ shard: Int, of count: Int) -> Range<Int> {
    slices(shard..<shard + 1, of: count)
  }

  /// A run of such slices.
  public func slices(_ shards: Range<Int>, of count: Int) -> Range<Int> {
    let blocks = (count + 15) / 16
    func boundary(_ shard: Int) -> Int { min(count, shard * blocks / shardCount * 16) }
    return boundary(shards.lowerBound)..<boundary(shards.upperBound)
  }

  private static func list(_ values: [Int]) -> String {
    values.map(String.init).joined(separator: ", ")
  }
}
