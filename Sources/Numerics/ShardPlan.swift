// How the minibatch of latent samples is cut into virtual shards and dealt to ranks.

import Host

/// The minibatch of `sampleCount` samples in `shardCount` equal shards, dealt to `rankCount` ranks in
/// contiguous runs whose lengths differ by at most one (``ReductionTree/leaves(of:among:)``).
///
/// The shards are part of the configuration: all arithmetic that mixes samples is done per shard and
/// then summed along the ``ReductionTree`` over shards. The ranks are not: they only decide who computes.
/// Ranks beyond the shards have no samples; where images come in slices, they take some of another rank's (``group(of:)``), and
/// all take part in exchanges, and in what is divided by other things than samples.
public struct ShardPlan: Sendable {
  public let sampleCount: Int
  public let shardCount: Int
  /// Slices of each sample's images, and of the rows of each shard's samples: whatever mixes them is computed slice by slice.
  public let sliceCount: Int
  public let rankCount: Int
  public let collectives: CollectivePattern
  public let tree: ReductionTree

  /// More ranks for each shard than these and than there are slices are taken for a mistake: they have nothing to compute.
  private static let mostRanksPerShard = 4

  /// Why counts do not fit together.
  public struct Mismatch: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(
    sampleCount: Int, shardCount: Int, sliceCount: Int = 1, rankCount: Int,
    collectives: CollectivePattern = .auto
  ) throws(Mismatch) {
    precondition(sliceCount > 0, "ShardPlan: \(sliceCount) slices")
    guard shardCount > 0, sampleCount > 0, sampleCount % shardCount == 0 else {
      let fitting = (1...max(1, sampleCount)).filter { sampleCount % $0 == 0 }
      throw Mismatch(
        description:
          "training.latents: \(sampleCount) latents cannot be cut into \(shardCount) equal shards "
          + "(distribution.shards); shard counts that fit: \(Self.list(fitting))")
    }
    let perShard = max(Self.mostRanksPerShard, sliceCount)
    let (mostRanks, isTooMany) = perShard.multipliedReportingOverflow(by: shardCount)
    guard isTooMany || rankCount <= mostRanks else {
      let computing = shardCount * sliceCount
      throw Mismatch(
        description:
          "\(rankCount) ranks are more than \(perShard) for each of the \(shardCount) shards of the minibatch "
          + "(distribution.shards): start 1 to \(mostRanks) ranks, "
          + (computing == mostRanks
            ? "each with some slices of a latent's images (distribution.slices: \(sliceCount))"
            : "of which those beyond \(computing) have no \(sliceCount > 1 ? "images" : "latents")")
          + ", or raise distribution.shards to a divisor of \(sampleCount)")
    }
    guard collectives != .tree || rankCount.nonzeroBitCount == 1 else {
      throw Mismatch(
        description:
          "distribution.collectives: tree needs 1, 2, 4, 8 or another power of two of ranks, not \(rankCount); auto takes the "
          + "tree where it can")
    }
    self.sampleCount = sampleCount
    self.shardCount = shardCount
    self.sliceCount = sliceCount
    self.rankCount = rankCount
    self.collectives = collectives
    tree = ReductionTree(leafCount: shardCount)
  }

  public var samplesPerShard: Int { sampleCount / shardCount }

  /// The shards of one rank.
  public func shards(of rank: Int) -> Range<Int> { tree.leaves(of: rank, among: rankCount) }

  /// Ranks without samples.
  public var idleRankCount: Int { max(0, rankCount - shardCount) }

  /// Whether some samples' images are divided among ranks.
  public var hasGroups: Bool { idleRankCount > 0 && sliceCount > 1 }

  /// The ranks among which this one divides images; nil where it has its samples' images for itself, or has none.
  public func group(of rank: Int) -> RankGroup? {
    guard hasGroups, let group = RankGroup(self, around: rank), group.ranks.contains(rank) else {
      return nil
    }
    return group
  }

  /// The shard that a rank has, or beside whose owner it stands: with more ranks than shards.
  func shard(at rank: Int) -> Int {
    let own = shards(of: rank)
    // Of a power of two ranks those without shards are right children of a node whose only leaf is the left one's.
    return own.isEmpty && rankCount.nonzeroBitCount == 1 ? own.lowerBound - 1 : own.lowerBound
  }

  /// Which slices of which shards' rows a rank has, numbered through all shards.
  public func rowLeaves(of rank: Int) -> Range<Int> {
    if let group = group(of: rank) {
      let slices = group.slices(of: rank)
      let first = group.shard * sliceCount
      return first + slices.lowerBound..<first + slices.upperBound
    }
    let shards = shards(of: rank)
    return shards.lowerBound * sliceCount..<shards.upperBound * sliceCount
  }

  /// The samples of whose images a rank has some or all.
  public func imageSamples(of rank: Int) -> Range<Int> {
    group(of: rank).map { samples(of: $0.owner) } ?? samples(of: rank)
  }

  /// Which slices of these samples' images it has.
  public func slices(of rank: Int) -> Range<Int> {
    group(of: rank)?.slices(of: rank) ?? 0..<sliceCount
  }

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
