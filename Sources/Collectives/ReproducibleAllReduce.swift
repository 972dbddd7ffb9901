// Sums over the shards of all ranks whose bits do not depend on the number of ranks.

import Numerics

/// The all-reduce of vectors along the ``ReductionTree`` of the virtual shards.
///
/// A rank adds up the tree's nodes that lie wholly inside its run of shards; a ``NodeExchange`` finishes the tree: along it where the ranks' runs
/// allow (``TreeExchange``), else from every rank to every rank (``SliceExchange``). The additions and their order are the same at every rank count and
/// either way, so the results are too, bit by bit.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class ReproducibleAllReduce<Element: CollectiveElement & TreeSummable> {
  /// The tree's nodes that this rank's shards make up, from left to right.
  public let nodes: [Range<Int>]

  private let capacity: Int
  /// This rank's shards.
  private let shards: Range<Int>
  /// From this rank's shards to each of its nodes.
  private let toNodes: [TreeSummation]
  /// Nil on a single rank, whose node is the root.
  private let exchange: (any NodeExchange<Element>)?

  /// Makes room for vectors of up to `capacity` elements, over the leaves of `plan`. Local; the
  /// arguments are the same on every rank. Up to `shortMessageBytes` vectors are not cut up; `mostElements` is what MPI can count to.
  public convenience init(
    communicator: Communicator, plan: SumPlan, capacity: Int, shortMessageBytes: Int? = nil,
    mostElements: Int? = nil
  ) {
    self.init(
      communicator: communicator, plan: plan, capacity: capacity,
      schedule: plan.collectives == .alltoall
        ? nil : TreeSchedule(plan, rank: communicator.rank),
      shortMessageBytes: shortMessageBytes, mostElements: mostElements)
  }

  /// Over the shards of samples.
  public convenience init(
    communicator: Communicator, plan: ShardPlan, capacity: Int, shortMessageBytes: Int? = nil,
    mostElements: Int? = nil
  ) {
    self.init(
      communicator: communicator, plan: .ofSamples(plan), capacity: capacity,
      shortMessageBytes: shortMessageBytes, mostElements: mostElements)
  }

  /// The same with the tree's meetings, farthest rank first: not the tree's sum. For tests.
  package static func farthestFirst(
    communicator: Communicator, plan: ShardPlan, capacity: Int
  ) -> ReproducibleAllReduce {
    let plan = SumPlan.ofSamples(plan)
    let schedule = TreeSchedule(plan, rank: communicator.rank)
    return ReproducibleAllReduce(
      communicator: communicator, plan: plan, capacity: capacity,
      schedule: schedule.map { TreeSchedule(meetings: $0.meetings.reversed()) },
      shortMessageBytes: 0, mostElements: nil)
  }

  private init(
    communicator: Communicator, plan: SumPlan, capacity: Int, schedule: TreeSchedule?,
    shortMessageBytes: Int?, mostElements: Int?
  ) {
    precondition(
      plan.rankCount == communicator.size,
      "ReproducibleAllReduce: a plan for \(plan.rankCount) ranks on \(communicator.size)")
    self.capacity = capacity
    shards = plan.leaves(of: communicator.rank)
    nodes = plan.tree.cover(of: shards)
    toNodes = nodes.map { TreeSummation(ofLeaves: $0, grain: plan.tree.grain) }
    exchange =
      if communicator.size == 1 {
        nil
      } else if let schedule {
        TreeExchange<Element>(
          communicator: communicator, schedule: schedule, capacity: capacity,
          shortBytes: shortMessageBytes, mostElements: mostElements)
      } else {
        SliceExchange<Element>(
          communicator: communicator, plan: plan, capacity: capacity,
          shortBytes: shortMessageBytes, mostElements: mostElements)
      }
  }

  /// Sums this rank's parts, one for each of its ``nodes``, with those of all ranks.
  ///
  /// Part k is `count` elements from k * `stride` on of `parts` (read), the sum at
  /// `nodes[k]`. `result` (`count` elements) is overwritten, with the same bits on every rank; it may be
  /// part 0 but must not overlap the parts otherwise. Collective. Cost for P ranks: a rank moves about
  /// 2 * count * (P - 1) / P elements and adds as many.
  public func sum(
    nodes parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    checkNodes(parts, stride: stride, count: count, into: result)
    if count == 0 { return }
    guard let exchange else { return copyRoot(parts, to: result) }
    try MessageCounts.forEachPiece(of: count, longest: exchange.longest) {
      start, length throws(CollectiveError) in
      try exchange.sum(
        piece(parts, start), stride: stride, into: result.slice(start, length))
    }
  }

  /// Sums this rank's shards with those of all ranks.
  ///
  /// Part k is `count` elements from k * `stride` on of `parts` (used as scratch), this rank's k-th
  /// shard; otherwise as ``sum(nodes:stride:count:into:)``. Collective. Adds the cost of reading all
  /// parts once.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    precondition(
      (shards.count - 1) * stride + count <= parts.count,
      "ReproducibleAllReduce: \(shards.count) shards of \(count) elements, \(stride) apart, in "
        + "\(parts.count)")
    for (index, toNode) in toNodes.enumerated() {
      let node = toNode.node
      let leaves = parts.slice(
        (node.lowerBound - shards.lowerBound) * stride, (node.count - 1) * stride + count)
      // One rank has one node, the root. Before a node's first shard there are at least as many shards as nodes.
      toNode.run(
        leaves, stride: stride,
        into: exchange == nil ? result : parts.slice(index * stride, count))
    }
    if exchange != nil { try sum(nodes: parts, stride: stride, count: count, into: result) }
  }

  /// The elements, of vectors of `count`, whose sums this rank has after ``startScatter(nodes:stride:count:into:)``: one run, or one of each
  /// piece where MPI cannot count the elements.
  public func owned(of count: Int) -> [Range<Int>] {
    guard let exchange else { return [0..<count] }
    return stride(from: 0, to: count, by: exchange.longest).map { start in
      let own = exchange.owned(of: min(exchange.longest, count - start))
      return start + own.lowerBound..<start + own.upperBound
    }
  }

  // MARK: Nonblocking

  /// As ``sum(nodes:stride:count:into:)``, but only sets off. Neither view may be touched until
  /// ``progress()`` returns false. Collective.
  ///
  /// Later messages set off when this rank has the earlier ones, so sums that are under way at the
  /// same time, or beside other operations, need a ``Communicator/duplicate()`` each. A vector longer than
  /// MPI can count is summed here and now.
  public func start(
    nodes parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    checkNodes(parts, stride: stride, count: count, into: result)
    guard let exchange, count > 0, count <= exchange.longest else {
      return try sum(nodes: parts, stride: stride, count: count, into: result)
    }
    try exchange.start(piece(parts, 0), stride: stride, into: result)
  }

  /// The first half of ``start(nodes:stride:count:into:)``: of `result` only what this rank has by ``owned(of:)`` becomes the sum, the rest is
  /// scratch. Collective.
  public func startScatter(
    nodes parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    checkNodes(parts, stride: stride, count: count, into: result)
    guard let exchange, count > 0 else { return copyRoot(parts, to: result) }
    try inPieces(count, exchange) { start, length throws(CollectiveError) in
      try exchange.startScatter(
        piece(parts, start), stride: stride, into: result.slice(start, length))
    }
  }

  /// Sets off to bring what each rank has of `values` by ``owned(of:)`` to all ranks. Collective.
  public func startGather(_ values: VectorView<Element>) throws(CollectiveError) {
    guard let exchange, values.count > 0 else { return }
    try inPieces(values.count, exchange) { start, length throws(CollectiveError) in
      try exchange.startGather(values.slice(start, length))
    }
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool { try exchange?.progress() ?? false }

  /// Sets off, or, where MPI cannot count all elements at once, makes one piece after the other.
  private func inPieces(
    _ count: Int, _ exchange: any NodeExchange<Element>,
    _ start: (_ start: Int, _ length: Int) throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    if count <= exchange.longest { return try start(0, count) }
    try MessageCounts.forEachPiece(of: count, longest: exchange.longest) {
      first, length throws(CollectiveError) in
      try start(first, length)
      while try exchange.progress() {}
    }
  }

  /// The parts from element `start` on; a rank without shards has none.
  private func piece(_ parts: VectorView<Element>, _ start: Int) -> VectorView<Element> {
    nodes.isEmpty ? parts.slice(0, 0) : parts.dropFirst(start)
  }

  private func copyRoot(_ parts: VectorView<Element>, to result: VectorView<Element>) {
    if result.baseAddress != parts.baseAddress { result.copy(from: parts.slice(0, result.count)) }
  }

  private func checkNodes(
    _ parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) {
    precondition(
      (nodes.count - 1) * stride + count <= parts.count && count <= capacity
        && result.count == count && count <= stride,
      "ReproducibleAllReduce: \(nodes.count) nodes of \(count) elements, \(stride) apart, in "
        + "\(parts.count), into \(result.count), capacity \(capacity)")
  }
}
