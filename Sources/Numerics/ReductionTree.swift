// The one fixed order in which contributions of virtual shards are summed.

/// The binary tree over `leafCount` leaves whose shape fixes the order of every sum over shards.
///
/// A node is a contiguous range of leaves; its children split it at the middle, the left child taking
/// the larger half. The sum at a node is (sum of the left child) + (sum of the right child), so the
/// result depends on `leafCount` alone: not on which rank adds what, nor on the number of ranks.
/// ``TreeSummation`` does the adding.
public struct ReductionTree: Sendable {
  public let leafCount: Int

  public init(leafCount: Int) {
    precondition(leafCount > 0, "ReductionTree: leafCount \(leafCount)")
    self.leafCount = leafCount
  }

  /// All leaves.
  public var root: Range<Int> { 0..<leafCount }

  /// Where a node's left child ends.
  @inlinable
  public static func middle(of node: Range<Int>) -> Int {
    node.lowerBound + (node.count + 1) / 2
  }

  /// The largest nodes that lie wholly inside `leaves`, from left to right. They partition it.
  public func cover(of leaves: Range<Int>) -> [Range<Int>] {
    var nodes: [Range<Int>] = []
    func visit(_ node: Range<Int>) {
      guard !node.isEmpty, node.overlaps(leaves) else { return }
      if leaves.lowerBound <= node.lowerBound && node.upperBound <= leaves.upperBound {
        nodes.append(node)
      } else {
        let middle = Self.middle(of: node)
        visit(node.lowerBound..<middle)
        visit(middle..<node.upperBound)
      }
    }
    visit(root)
    return nodes
  }
}
