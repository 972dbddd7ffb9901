// Sums of parts along the reduction tree, at memory speed.

extension Float: TreeSummable {
  @inline(__always)
  public static func add(_ left: SIMD16<Float>, _ right: SIMD16<Float>) -> SIMD16<Float> {
    left + right
  }
}

extension Double: TreeSummable {
  @inline(__always)
  public static func add(_ left: SIMD8<Double>, _ right: SIMD8<Double>) -> SIMD8<Double> {
    left + right
  }
}

/// The additions that sum parts over one node of a ``ReductionTree``, worked out once.
///
/// The parts are sums at nodes of the tree (leaves, mostly) that partition the node, from left to
/// right. Running it allocates nothing and may be done by several threads on disjoint elements.
public struct TreeSummation: Sendable {
  /// The node whose sum results.
  public let node: Range<Int>
  public let partCount: Int

  /// How many parts the left child of each inner node has, inner nodes in preorder: below an inner
  /// node at index i whose left child has l parts, the left child's are i+1 ..< i+l, the right child's
  /// from i+l on.
  private let leftCounts: [Int]

  /// Part k is the sum at `nodes[k]`; the nodes, of a tree with that `grain`, partition `node`.
  public init(of nodes: [Range<Int>], within node: Range<Int>, grain: Int = 1) {
    var leftCounts: [Int] = []
    var next = 0
    /// Takes the parts of `node` from `next` on, and returns their number.
    func visit(_ inner: Range<Int>) -> Int {
      precondition(
        next < nodes.count && nodes[next].lowerBound == inner.lowerBound,
        "TreeSummation: \(nodes) are not nodes that partition \(node)")
      if nodes[next] == inner {
        next += 1
        return 1
      }
      precondition(
        inner.count > 1, "TreeSummation: \(nodes) are not nodes that partition \(node)")
      let middle = ReductionTree.middle(of: inner, grain: grain)
      let index = leftCounts.count
      leftCounts.append(0)
      let left = visit(inner.lowerBound..<middle)
      leftCounts[index] = left
      return left + visit(middle..<inner.upperBound)
    }
    partCount = visit(node)
    precondition(
      next == nodes.count, "TreeSummation: \(nodes) reach beyond \(node)")
    self.node = node
    self.leftCounts = leftCounts
  }

  /// The parts are the leaves of `node`.
  public init(ofLeaves node: Range<Int>, grain: Int = 1) {
    self.init(of: node.map { $0..<$0 + 1 }, within: node, grain: grain)
  }

  /// Overwrites `result` (count elements) with the sum of the parts, elementwise in the tree's order.
  /// Part k is the elements from k * `stride` on of `parts`; with more than 8 parts they are used as
  /// scratch. `result` may be part 0 itself, otherwise it must not overlap the parts.
  ///
  /// Cost: (partCount - 1) * count additions; each part is read once.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public func run<Element: TreeSummable>(
    _ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) {
    precondition(
      (partCount - 1) * stride + result.count <= parts.count,
      "TreeSummation: \(partCount) parts of \(result.count) elements, \(stride) apart, in "
        + "\(parts.count)")
    let base = UnsafePointer(parts.baseAddress)
    leftCounts.withUnsafeBufferPointer { leftCounts in
      // Pieces that stay in the first-level cache while subtrees of 8 parts are combined.
      let piece = 1024
      var start = 0
      while start < result.count {
        let length = min(piece, result.count - start)
        Self.sumPiece(
          base + start, stride: stride, partCount: partCount, leftCounts: leftCounts.baseAddress,
          into: result.baseAddress + start, length: length)
        start += length
      }
    }
  }

  /// Overwrites `result` with `left` + `right`, elementwise: the sum at a node from its children's. All have the same count; `result` may be
  /// one of the others.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func add<Element: TreeSummable>(
    _ left: VectorView<Element>, _ right: VectorView<Element>, into result: VectorView<Element>
  ) {
    precondition(
      left.count == result.count && right.count == result.count,
      "TreeSummation: \(left.count) and \(right.count) elements into \(result.count)")
    let width = MemoryLayout<Element.Vector>.size / MemoryLayout<Element>.size
    let (a, b, sum) = (left.baseAddress, right.baseAddress, result.baseAddress)
    var index = 0
    while index + width <= result.count {
      let value = Element.add(
        UnsafeRawPointer(a + index).loadUnaligned(as: Element.Vector.self),
        UnsafeRawPointer(b + index).loadUnaligned(as: Element.Vector.self))
      UnsafeMutableRawPointer(sum + index).storeBytes(of: value, as: Element.Vector.self)
      index += width
    }
    while index < result.count {
      sum[index] = a[index] + b[index]
      index += 1
    }
  }

  private static func sumPiece<Element: TreeSummable>(
    _ parts: UnsafePointer<Element>, stride: Int, partCount: Int, leftCounts: UnsafePointer<Int>?,
    into result: UnsafeMutablePointer<Element>, length: Int
  ) {
    if partCount > 8, let leftCounts {
      let left = leftCounts[0]
      let leftSum = UnsafeMutablePointer(mutating: parts)
      let rightSum = UnsafeMutablePointer(mutating: parts + left * stride)
      sumPiece(
        parts, stride: stride, partCount: left, leftCounts: leftCounts + 1, into: leftSum,
        length: length)
      sumPiece(
        rightSum, stride: stride, partCount: partCount - left, leftCounts: leftCounts + left,
        into: rightSum, length: length)
      sumSubtree(
        parts, stride: left * stride, partCount: 2, leftCounts: nil, into: result, length: length)
    } else {
      sumSubtree(
        parts, stride: stride, partCount: partCount, leftCounts: leftCounts, into: result,
        length: length)
    }
  }

  /// At most 8 parts, in registers.
  @inline(__always)
  private static func sumSubtree<Element: TreeSummable>(
    _ parts: UnsafePointer<Element>, stride: Int, partCount: Int, leftCounts: UnsafePointer<Int>?,
    into result: UnsafeMutablePointer<Element>, length: Int
  ) {
    let width = MemoryLayout<Element.Vector>.size / MemoryLayout<Element>.size
    var index = 0
    while index + width <= length {
      let value = vectorSum(
        parts + index, stride: stride, partCount: partCount, leftCounts: leftCounts)
      UnsafeMutableRawPointer(result + index).storeBytes(of: value, as: Element.Vector.self)
      index += width
    }
    while index < length {
      result[index] = scalarSum(
        parts + index, stride: stride, partCount: partCount, leftCounts: leftCounts)
      index += 1
    }
  }

  private static func vectorSum<Element: TreeSummable>(
    _ parts: UnsafePointer<Element>, stride: Int, partCount: Int, leftCounts: UnsafePointer<Int>?
  ) -> Element.Vector {
    @inline(__always) func part(_ index: Int) -> Element.Vector {
      UnsafeRawPointer(parts + index * stride).loadUnaligned(as: Element.Vector.self)
    }
    switch partCount {
    case 1: return part(0)
    case 2: return Element.add(part(0), part(1))
    default:
      let left = leftCounts![0]
      return Element.add(
        vectorSum(parts, stride: stride, partCount: left, leftCounts: leftCounts! + 1),
        vectorSum(
          parts + left * stride, stride: stride, partCount: partCount - left,
          leftCounts: leftCounts! + left))
    }
  }

  private static func scalarSum<Element: TreeSummable>(
    _ parts: UnsafePointer<Element>, stride: Int, partCount: Int, leftCounts: UnsafePointer<Int>?
  ) -> Element {
    switch partCount {
    case 1: return parts[0]
    case 2: return parts[0] + parts[stride]
    default:
      let left = leftCounts![0]
      return scalarSum(parts, stride: stride, partCount: left, leftCounts: leftCounts! + 1)
        + scalarSum(
          parts + left * stride, stride: stride, partCount: partCount - left,
          leftCounts: leftCounts! + left)
    }
  }
}
