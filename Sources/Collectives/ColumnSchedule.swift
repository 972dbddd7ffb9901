// The messages about a layer whose columns are divided among ranks, as data.

import Numerics

/// One rank's messages about a matrix of one row a sample whose columns each belong to a rank: rows lie with their samples, and are brought to where their
/// columns belong; a run of weights for each column is brought from there to all ranks. What ``ColumnExchange`` goes by when it runs, for those who want to
/// know without running.
///
/// Where the ranks' shards are nodes of one level of the ``ReductionTree``, two ranks that meet give each other half of the columns of all the rows that they
/// have, log2 P messages; elsewhere each rank sends to every other.
public struct ColumnSchedule: Sendable {
  let plan: ShardPlan
  let rank: Int
  /// Columns, numbers of a row that all ranks receive besides, and weights of a column.
  let columns: Int
  let shared: Int
  let weights: Int
  /// Nil where ranks send to every other.
  let tree: TreeSchedule?

  public init(_ plan: ShardPlan, rank: Int, columns: Int, shared: Int, weights: Int) {
    self.plan = plan
    self.rank = rank
    self.columns = columns
    self.shared = shared
    self.weights = weights
    tree = plan.collectives == .alltoall ? nil : TreeSchedule(.ofSamples(plan), rank: rank)
  }

  /// Whether MPI can count all numbers that are ever sent at once.
  public static func fits(samples: Int, columns: Int, shared: Int, weights: Int) -> Bool {
    max(samples * (columns + shared), columns * weights) <= MessageCounts.most
  }

  /// The columns of this rank. Boundaries are at multiples of 16.
  public var owned: Range<Int> { tree?.owned(of: columns) ?? columns(of: rank) }

  /// The columns of a rank, where ranks send to every other.
  func columns(of rank: Int) -> Range<Int> {
    RankSlices.slice(of: rank, among: plan.rankCount, columns)
  }

  // MARK: Along the tree

  /// The samples whose rows this rank has before a meeting, and those whose rows its partner has.
  func samples(at meeting: Int) -> (own: Range<Int>, partners: Range<Int>) {
    let distance = 1 << meeting
    func of(_ first: Int) -> Range<Int> {
      plan.samples(of: first).lowerBound..<plan.samples(of: first + distance - 1).upperBound
    }
    let first = rank / distance * distance
    return (of(first), of(first ^ distance))
  }

  // MARK: What MPI is told

  /// Of rows on their way to their columns' ranks.
  public func scatter(space: Int) -> [MessageStage] {
    guard let tree else {
      return stages(.allToAll(sends: sent.map(bytes), receives: received.map(bytes)), space)
    }
    return tree.meetings.indices.map { meeting in
      let (own, partners) = samples(at: meeting)
      let (kept, given) = tree.halves(at: meeting, of: columns)
      return stage(
        tree, meeting, space, sent: own.count * (shared + given.count),
        received: partners.count * (shared + kept.count))
    }
  }

  /// Of weights on their way from their columns' ranks to all.
  public func gather(space: Int) -> [MessageStage] {
    guard let tree else { return stages(.allGather(blocks: blocks.map(bytes)), space) }
    return tree.meetings.indices.reversed().map { meeting in
      let (kept, given) = tree.halves(at: meeting, of: columns)
      return stage(
        tree, meeting, space, sent: kept.count * weights, received: given.count * weights)
    }
  }

  /// Numbers to each rank, and from each, where ranks send to every other.
  var sent: [Int] {
    let own = plan.samples(of: rank).count
    return (0..<plan.rankCount).map { own * (shared + columns(of: $0).count) }
  }
  var received: [Int] {
    let own = shared + columns(of: rank).count
    return (0..<plan.rankCount).map { plan.samples(of: $0).count * own }
  }
  /// Each rank's weights there.
  var blocks: [Int] { (0..<plan.rankCount).map { columns(of: $0).count * weights } }

  private func bytes(_ count: Int) -> Int { count * MemoryLayout<Float>.stride }

  private func stage(
    _ tree: TreeSchedule, _ meeting: Int, _ space: Int, sent: Int, received: Int
  ) -> MessageStage {
    let partner = tree.meetings[meeting].partner
    return MessageStage([
      .receive(from: partner, space: space, bytes: bytes(received)),
      .send(to: partner, space: space, bytes: bytes(sent)),
    ])
  }

  private func stages(_ call: CollectiveCall, _ space: Int) -> [MessageStage] {
    call.stages(rank: rank, of: plan.rankCount, space: space, isBlocking: false)
  }
}
