// A sum along the reduction tree of parts that come one after the other.

/// The additions of a node of the ``ReductionTree``, in the order in which its shards become known.
///
/// Behind shard i, `merges[i]` sums that were kept are added to its part, the youngest first; what results is kept, and is the node's
/// sum behind the last one.
public struct StackedSum: Sendable {
  public let node: Range<Int>
  /// Inner nodes that end with each shard.
  public let merges: [Int]
  /// Most sums that are kept at a time.
  public let depth: Int

  /// `grain` is the tree's.
  public init(_ node: Range<Int>, grain: Int = 1) {
    var merges = [Int](repeating: 0, count: node.count)
    func visit(_ inner: Range<Int>) {
      guard inner.count > 1 else { return }
      let middle = ReductionTree.middle(of: inner, grain: grain)
      visit(inner.lowerBound..<middle)
      visit(middle..<inner.upperBound)
      merges[inner.upperBound - 1 - node.lowerBound] += 1
    }
    visit(node)
    self.node = node
    self.merges = merges
    var (kept, most) = (0, 0)
    for count in merges {
      kept += 1 - count
      most = max(most, kept)
    }
    depth = most
  }
}
