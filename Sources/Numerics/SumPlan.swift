// Who contributes which leaves of sums over the ranks.

/// The leaves of a sum along a ``ReductionTree``, and the run of them that each rank has.
public struct SumPlan: Sendable {
  public let tree: ReductionTree
  /// Whether the ranks' runs are the nodes of one level of the tree, so that neighbours can add along it.
  public let followsTree: Bool
  private let plan: ShardPlan
  private let isOfRows: Bool

  public var rankCount: Int { plan.rankCount }
  public var collectives: CollectivePattern { plan.collectives }

  /// The leaves of one rank, one rank's behind the other's.
  public func leaves(of rank: Int) -> Range<Int> {
    isOfRows ? plan.rowLeaves(of: rank) : plan.shards(of: rank)
  }

  /// The leaves are the shards of samples, and a shard's are its owner's.
  public static func ofSamples(_ plan: ShardPlan) -> SumPlan {
    SumPlan(
      tree: plan.tree, followsTree: plan.rankCount.nonzeroBitCount == 1, plan: plan,
      isOfRows: false)
  }

  /// The leaves are the slices of each shard's rows, which a group's ranks have some of each.
  public static func ofRows(_ plan: ShardPlan) -> SumPlan {
    guard plan.sliceCount > 1 else { return ofSamples(plan) }
    let tree = ReductionTree(
      leafCount: plan.shardCount * plan.sliceCount, grain: plan.sliceCount)
    return SumPlan(
      tree: tree, followsTree: plan.rankCount.nonzeroBitCount == 1 && neighboursMeet(plan, tree),
      plan: plan, isOfRows: true)
  }

  /// Whether a node is above each two neighbours' leaves, above each four's, and so on.
  private static func neighboursMeet(_ plan: ShardPlan, _ tree: ReductionTree) -> Bool {
    var runs = (0..<plan.rankCount).map(plan.rowLeaves)
    while runs.count > 1 {
      for first in stride(from: 0, to: runs.count, by: 2) {
        let (left, right) = (runs[first], runs[first + 1])
        let middle = ReductionTree.middle(
          of: left.lowerBound..<right.upperBound, grain: tree.grain)
        if middle != left.upperBound { return false }
      }
      runs = stride(from: 0, to: runs.count, by: 2).map {
        runs[$0].lowerBound..<runs[$0 + 1].upperBound
      }
    }
    return true
  }
}
