// What ranks exchange that finish sums in slices.

import Numerics

/// The lengths of one rank's messages of a ``SliceExchange``.
struct SliceSchedule: Sendable {
  let rank: Int
  /// Nodes of the reduction tree that each rank has.
  let nodeCounts: [Int]
  /// Vectors up to this many elements go whole.
  let shortCount: Int
  private let elementBytes: Int

  /// Bytes of all ranks' nodes together up to which a vector goes whole. The result does not
  /// depend on it. Measured within one machine, where the two ways cost the same at 4 to 16 KB.
  static var shortBytes: Int { 1 << 13 }

  init(
    _ plan: SumPlan, rank: Int, elementBytes: Int, capacity: Int, shortBytes: Int? = nil
  ) {
    self.rank = rank
    self.elementBytes = elementBytes
    nodeCounts = (0..<plan.rankCount).map { plan.tree.cover(of: plan.leaves(of: $0)).count }
    shortCount = min(
      capacity,
      (shortBytes ?? Self.shortBytes) / (nodeCounts.reduce(0, +) * elementBytes))
  }

  var nodeCount: Int { nodeCounts[rank] }

  func isShort(_ count: Int) -> Bool { count <= shortCount }

  /// The elements, of vectors of `count`, whose sums a rank finishes.
  func slice(of rank: Int, _ count: Int) -> Range<Int> {
    RankSlices.slice(of: rank, among: nodeCounts.count, count)
  }

  func owned(of count: Int) -> Range<Int> { slice(of: rank, count) }

  /// Elements to `peer` and from it where long vectors are scattered.
  func scattered(with peer: Int, _ count: Int) -> (sent: Int, received: Int) {
    (nodeCount * slice(of: peer, count).count, nodeCounts[peer] * owned(of: count).count)
  }

  // MARK: What MPI is told

  func whole(_ count: Int) -> CollectiveCall {
    .allGather(blocks: nodeCounts.map { $0 * count * elementBytes })
  }

  func scatter(_ count: Int) -> CollectiveCall {
    let parts = nodeCounts.indices.map { scattered(with: $0, count) }
    return .allToAll(
      sends: parts.map { $0.sent * elementBytes },
      receives: parts.map { $0.received * elementBytes })
  }

  func gather(_ count: Int) -> CollectiveCall {
    .allGather(blocks: nodeCounts.indices.map { slice(of: $0, count).count * elementBytes })
  }
}
