// The one fixed order in which contributions of virtual shards are summed.

/// The binary tree over `leafCount` leaves whose shape fixes the order of every sum over shards.
///
/// A node is a contiguous range of leaves; its children split it at the middle, the left child taking
/// the larger half. The sum at a node is (sum of the left child) + (sum of the right child), so the
/// result depends on `leafCount` and `grain` alone: not on which rank adds what, nor on the number of ranks.
/// ``TreeSummation`` does the adding.
///
/// Every `grain` leaves, the slices of a shard, have a node of their own: nodes above are split between shards only.
public struct ReductionTree: Sendable {
  public let leafCount: Int
  public let grain: Int

  public init(leafCount: Int, grain: Int = 1) {
    precondition(
      leafCount > 0 && grain > 0 && leafCount % grain == 0,
      "ReductionTree: leafCount \(leafCount), grain \(grain)")
    self.leafCount = leafCount
    self.grain = grain
  }

  /// All leaves.
  public var root: Range<Int> { 0..<leafCount }

  /// Where a node's left child ends.
  @inlinable
  public static func middle(of node: Range<Int>, grain: Int = 1) -> Int {
    let unit = node.count > grain ? grain : 1
    return node.lowerBound + (node.count / unit + 1) / 2 * unit
  }

  /// The leaves of one rank, runs in the order of the ranks whose lengths differ by at most one.
  ///
  /// Of a power of two ranks they are the nodes of one level: each two neighbours have a node above them, each four the node above those, up to
  /// the root. Ranks beyond the leaves have none, right children where the left one has the only leaf.
  public func leaves(of rank: Int, among rankCount: Int) -> Range<Int> {
    precondition(
      rank >= 0 && rank < rankCount && grain == 1,
      "ReductionTree: rank \(rank) among \(rankCount), grain \(grain)")
    guard rankCount.nonzeroBitCount == 1 else {
      return rank * leafCount / rankCount..<(rank + 1) * leafCount / rankCount
    }
    var node = root
    var bit = rankCount / 2
    while bit > 0 {
      let middle = Self.middle(of: node)
      node = rank & bit == 0 ? node.lowerBound..<middle : middle..<node.upperBound
      bit /= 2
    }
    return node
  }

  /// The largest nodes that lie wholly inside `leaves`, from left to right. They partition it.
  public func cover(of leaves: Range<Int>) -> [Range<Int>] {
    if leaves.isEmpty { return [] }
    var nodes: [Range<Int>] = []
    func visit(_ node: Range<Int>) {
      guard !node.isEmpty, node.overlaps(leaves) else { return }
      if leaves.lowerBound <= node.lowerBound && node.upperBound <= leaves.upperBound {
        nodes.append(node)
      } else {
        let middle = Self.middle(of: node, grain: grain)
        visit(node.lowerBound..<middle)
        visit(middle..<node.upperBound)
      }
    }
    visit(root)
    return nodes
  }
}
