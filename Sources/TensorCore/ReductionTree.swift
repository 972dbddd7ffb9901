// The one fixed order in which contributions of virtual shards are summed.

/// The binary tree over `leafCount` leaves whose shape fixes the order of every sum over shards.
///
/// A node is a contiguous range of leaves; its children split it at the middle, the left child taking
/// the larger half. The sum at a node is (sum of the left child) + (sum of the right child), so the
/// result depends on `leafCount` alone: not on which rank adds what, nor on the number of ranks.
public struct ReductionTree: Sendable {
  public let leafCount: Int

  public init(leafCount: Int) {
    precondition(leafCount > 0, "ReductionTree: leafCount \(leafCount)")
    self.leafCount = leafCount
  }

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
    visit(0..<leafCount)
    return nodes
  }

  /// Sums `parts`, each `count` elements at `stride` from the one before, over `node` in the tree's
  /// order. Part k is the sum at `nodes[k]`, and the nodes partition `node`.
  ///
  /// Overwrites part 0 with the sum; the other parts are used as scratch. Cost: (parts - 1) * count
  /// additions.
  public func sum<Element: BitwiseCopyable & FloatingPoint>(
    parts: VectorView<Element>, stride: Int, count: Int, nodes: [Range<Int>], within node: Range<Int>
  ) {
    precondition(
      nodes.first?.lowerBound == node.lowerBound && nodes.last?.upperBound == node.upperBound,
      "ReductionTree: nodes \(nodes) do not cover \(node)")
    precondition((nodes.count - 1) * stride + count <= parts.count)
    // In pieces that stay in the first-level cache through all levels of the tree.
    let piece = 2048
    var start = 0
    while start < count {
      let length = min(piece, count - start)
      var next = 0
      sum(parts: parts, stride: stride, start: start, length: length, nodes: nodes, node: node, &next)
      start += length
    }
  }

  /// Sums leaves `node` (part k is leaf `node.lowerBound + k`) into part 0.
  public func sumLeaves<Element: BitwiseCopyable & FloatingPoint>(
    parts: VectorView<Element>, stride: Int, start: Int = 0, count: Int, node: Range<Int>
  ) {
    precondition((node.count - 1) * stride + start + count <= parts.count)
    sumLeaves(parts: parts, stride: stride, start: start, length: count, base: node.lowerBound, node)
  }

  private func sumLeaves<Element: BitwiseCopyable & FloatingPoint>(
    parts: VectorView<Element>, stride: Int, start: Int, length: Int, base: Int, _ node: Range<Int>
  ) {
    guard node.count > 1 else { return }
    let middle = Self.middle(of: node)
    sumLeaves(
      parts: parts, stride: stride, start: start, length: length, base: base,
      node.lowerBound..<middle)
    sumLeaves(
      parts: parts, stride: stride, start: start, length: length, base: base,
      middle..<node.upperBound)
    Self.add(
      parts.slice((middle - base) * stride + start, length),
      to: parts.slice((node.lowerBound - base) * stride + start, length))
  }

  /// Consumes the parts of `node` from `next` on; their sum ends in the first of them, whose index it
  /// returns.
  @discardableResult
  private func sum<Element: BitwiseCopyable & FloatingPoint>(
    parts: VectorView<Element>, stride: Int, start: Int, length: Int, nodes: [Range<Int>],
    node: Range<Int>, _ next: inout Int
  ) -> Int {
    if nodes[next] == node {
      next += 1
      return next - 1
    }
    precondition(
      node.count > 1, "ReductionTree: the parts \(nodes) are not nodes of a tree of \(leafCount)")
    let middle = Self.middle(of: node)
    let left = sum(
      parts: parts, stride: stride, start: start, length: length, nodes: nodes,
      node: node.lowerBound..<middle, &next)
    let right = sum(
      parts: parts, stride: stride, start: start, length: length, nodes: nodes,
      node: middle..<node.upperBound, &next)
    Self.add(
      parts.slice(right * stride + start, length), to: parts.slice(left * stride + start, length))
    return left
  }

  @inline(__always)
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  static func add<Element: BitwiseCopyable & FloatingPoint>(
    _ source: VectorView<Element>, to target: VectorView<Element>
  ) {
    for index in 0..<target.count { target[index] += source[index] }
  }
}
