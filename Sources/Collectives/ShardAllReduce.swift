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
  public init(_ reduction: Reduction, communicator: Communicator, plan: ShardPlan, capacity: Int) {
    kind =
      switch reduction {
      case .reproducible:
        .reproducible(
          ReproducibleAllReduce(communicator: communicator, plan: plan, capacity: capacity))
      case .fast: .plain(PlainAllReduce(communicator: communicator, plan: plan))
      }
  }

  /// The runs of shards whose sums this rank contributes, from left to right.
  public var nodes: [Range<Int>] {
    switch kind {
    case .reproducible(let sum): sum.nodes
    case .plain(let sum): [sum.shards]
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
  /// from k * `stride` on of `parts` (used as scratch). Neither view may be touched before
  /// ``progress()`` returns false. Collective.
  public func start(
    nodes parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    switch kind {
    case .reproducible(let sum):
      try sum.start(nodes: parts, stride: stride, count: result.count, into: result)
    case .plain(let sum): try sum.start(parts.slice(0, result.count), into: result)
    }
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    switch kind {
    case .reproducible(let sum): try sum.progress()
    case .plain(let sum): try sum.progress()
    }
  }
}
