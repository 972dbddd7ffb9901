// Ranks that divide the images of a shard's samples.

/// Neighbouring ranks of which one, the owner, has a shard's samples, and all have some of their images' slices.
///
/// The slices are the leaves of a ``ReductionTree`` of their own (``slices``), dealt to the group's ranks as shards are to all ranks: what is summed over
/// images is computed slice by slice and added along it, whoever has which.
public struct RankGroup: Sendable {
  public let shard: Int
  public let ranks: Range<Int>
  /// The rank that has the samples.
  public let owner: Int
  /// A sample's slices in the place of samples and shards, and the group's ranks, counted from 0.
  public let slices: ShardPlan

  /// Of the shard at `rank`; nil where its owner is alone. Of a shard's ranks as many as there are slices are in the group.
  init?(_ plan: ShardPlan, around rank: Int) {
    let shard = plan.shard(at: rank)
    var (first, last) = (rank, rank)
    while first > 0, plan.shard(at: first - 1) == shard { first -= 1 }
    while last + 1 < plan.rankCount, plan.shard(at: last + 1) == shard { last += 1 }
    guard first < last else { return nil }
    owner = plan.shards(of: first).isEmpty ? last : first
    self.shard = shard
    let count = min(last + 1 - first, plan.sliceCount)
    // The owner is the first or the last.
    ranks = owner == first ? first..<first + count : last + 1 - count..<last + 1
    guard
      let slices = try? ShardPlan(
        sampleCount: plan.sliceCount, shardCount: plan.sliceCount, rankCount: count,
        collectives: plan.collectives == .tree ? .auto : plan.collectives)
    else { preconditionFailure("RankGroup: \(plan.sliceCount) slices on \(count) ranks") }
    self.slices = slices
  }

  /// The slices of one of ``ranks``.
  public func slices(of rank: Int) -> Range<Int> { slices.shards(of: rank - ranks.lowerBound) }
}
