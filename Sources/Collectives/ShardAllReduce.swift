// Sums over the shards of all ranks, in the order the configuration asks for.

import Numerics

/// A ``ReproducibleAllReduce`` or a ``PlainAllReduce``.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class ShardAllReduce<Element: CollectiveElement & TreeSummable>: @unchecked Sendable {
  /// The runs of shards whose sums this rank contributes, from left to right.
  public let nodes: [Range<Int>]

  private let tree: ReproducibleAllReduce<Element>?
  private let plain: PlainAllReduce<Element>?

  /// Makes room for vectors of up to `capacity` elements. Local; the arguments are the same on every
  /// rank.
  public init(_ reduction: Reduction, communicator: Communicator, plan: ShardPlan, capacity: Int) {
    switch reduction {
    case .reproducible:
      let sum = ReproducibleAllReduce<Element>(
        communicator: communicator, plan: plan, capacity: capacity)
      (tree, plain, nodes) = (sum, nil, sum.nodes)
    case .fast:
      let sum = PlainAllReduce<Element>(communicator: communicator, plan: plan)
      (tree, plain, nodes) = (nil, sum, [sum.shards])
    }
  }

  /// Overwrites `result` with the sum of all ranks' shards, part k `result.count` elements from
  /// k * `stride` on of `parts` (used as scratch), this rank's k-th shard. Collective.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    try tree?.sum(shards: parts, stride: stride, count: result.count, into: result)
    try plain?.sum(shards: parts, stride: stride, into: result)
  }

  /// Sets off to overwrite `result` with the sum of all ranks' ``nodes``, part k `result.count` elements
  /// from k * `stride` on of `parts` (used as scratch). Neither view may be touched before
  /// ``progress()`` returns false. Collective.
  public func start(
    nodes parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    try tree?.start(nodes: parts, stride: stride, count: result.count, into: result)
    try plain?.start(parts.slice(0, result.count), into: result)
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    if let tree { return try tree.progress() }
    return try plain!.progress()
  }
}
