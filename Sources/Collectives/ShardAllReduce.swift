// Sums over the shards of all ranks, in the order the configuration asks for.

import Numerics

/// A ``ReproducibleAllReduce`` or a ``PlainAllReduce``.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class ShardAllReduce<Element: CollectiveElement & TreeSummable> {
  private enum Kind {
    case reproducible(ReproducibleAllReduce<Element>)
    case plain(PlainAllReduce<Element>)
  }

  private let kind: Kind

  /// Makes room for vectors of up to `capacity` elements. Local; the arguments are the same on every
  /// rank.
  public init(_ reduction: Reduction, communicator: Communicator, plan: SumPlan, capacity: Int) {
    kind =
      switch reduction {
      case .reproducible:
        .reproducible(
          ReproducibleAllReduce(communicator: communicator, plan: plan, capacity: capacity))
      case .fast:
        .plain(PlainAllReduce(communicator: communicator, plan: plan, scattered: capacity))
      }
  }

  /// The runs of leaves whose sums this rank contributes, from left to right.
  public var nodes: [Range<Int>] {
    switch kind {
    case .reproducible(let sum): sum.nodes
    case .plain(let sum): sum.nodes
    }
  }

  /// The same of any rank.
  public static func nodes(_ reduction: Reduction, _ plan: SumPlan, rank: Int) -> [Range<Int>] {
    let leaves = plan.leaves(of: rank)
    switch reduction {
    case .reproducible: return plan.tree.cover(of: leaves)
    case .fast: return leaves.isEmpty ? [] : [leaves]
    }
  }

  /// Overwrites `result` with the sum of all ranks' shards, part k `result.count` elements from
  /// k * `stride` on of `parts` (used as scratch), this rank's k-th shard. Collective.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    switch kind {
    case .reproducible(let sum):
      try sum.sum(shards: parts, stride: stride, count: result.count, into: result)
    case .plain(let sum): try sum.sum(shards: parts, stride: stride, into: result)
    }
  }

  /// Sets off to overwrite `result` with the sum of all ranks' ``nodes``, part k `result.count` elements
  /// from k * `stride` on of `parts` (read), of which `result` may be the first. Neither view may be touched before
  /// ``progress()`` returns false. Collective.
  public func start(
    nodes parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    switch kind {
    case .reproducible(let sum):
      try sum.start(nodes: parts, stride: stride, count: result.count, into: result)
    case .plain(let sum): try sum.start(first(of: parts, result.count), into: result)
    }
  }

  /// The elements, of vectors of `count`, whose sums this rank has after ``startScatter(nodes:stride:into:)``.
  public func owned(of count: Int) -> [Range<Int>] {
    switch kind {
    case .reproducible(let sum): sum.owned(of: count)
    case .plain(let sum): sum.owned(of: count)
    }
  }

  /// As ``start(nodes:stride:into:)``, but only what this rank has by ``owned(of:)`` becomes the sum; the rest of `result` is scratch. Collective.
  public func startScatter(
    nodes parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    switch kind {
    case .reproducible(let sum):
      try sum.startScatter(nodes: parts, stride: stride, count: result.count, into: result)
    case .plain(let sum): try sum.startScatter(first(of: parts, result.count), into: result)
    }
  }

  /// Sets off to bring what each rank has of `values` by ``owned(of:)`` to all ranks. Collective.
  public func startGather(_ values: VectorView<Element>) throws(CollectiveError) {
    switch kind {
    case .reproducible(let sum): try sum.startGather(values)
    case .plain(let sum): try sum.startGather(values)
    }
  }

  /// Lets what was started move on; false when nothing is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    switch kind {
    case .reproducible(let sum): try sum.progress()
    case .plain(let sum): try sum.progress()
    }
  }

  /// The only part; nothing on a rank without shards.
  private func first(of parts: VectorView<Element>, _ count: Int) -> VectorView<Element> {
    nodes.isEmpty ? parts.slice(0, 0) : parts.slice(0, count)
  }
}
