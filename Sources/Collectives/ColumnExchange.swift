// Rows of samples brought to the ranks of their columns, and what is made there brought back.

import Numerics

/// The exchange for a layer whose columns are divided among ranks: see ``ColumnSchedule``. On two ranks and more.
///
/// Used from the main thread only; a warm exchange allocates nothing of ours.
public final class ColumnExchange {
  /// The columns of this rank.
  public let owned: Range<Int>
  /// (samples of all ranks, ``owned``) and (samples of all ranks, shared), when what ``start(columns:shared:)`` set off is done.
  public let columns: MatrixView
  public let shared: MatrixView

  private enum Way {
    case tree(ColumnTree)
    case ranks(ColumnRanks)
  }
  private let way: Way

  /// Local. `columns` of the matrix, `shared` numbers of a row that all ranks receive besides, `weights` of each column.
  public init(
    communicator: Communicator, plan: ShardPlan, columns: Int, shared: Int, weights: Int
  ) {
    precondition(
      plan.rankCount == communicator.size && communicator.size > 1,
      "ColumnExchange: a plan for \(plan.rankCount) ranks on \(communicator.size)")
    let schedule = ColumnSchedule(
      plan, rank: communicator.rank, columns: columns, shared: shared, weights: weights)
    owned = schedule.owned
    if let tree = schedule.tree {
      way = .tree(ColumnTree(communicator: communicator, schedule: schedule, tree: tree))
    } else {
      way = .ranks(ColumnRanks(communicator: communicator, schedule: schedule))
    }
    let values =
      switch way {
      case .tree(let tree): tree.result
      case .ranks(let ranks): ranks.result
      }
    let rows = MatrixView(values, rows: plan.sampleCount, columns: shared + owned.count)
    self.shared = rows.columns(0..<shared)
    self.columns = rows.columns(shared..<shared + owned.count)
  }

  /// Sets off with this rank's rows: `columns` is (local samples, columns), `shared` (local samples, shared). Both are read before this returns or soon after: they
  /// may not be written until ``progress()`` returns false. Collective.
  public func start(columns: MatrixView, shared: MatrixView) throws(CollectiveError) {
    switch way {
    case .tree(let tree): try tree.start(columns: columns, shared: shared)
    case .ranks(let ranks): try ranks.start(columns: columns, shared: shared)
    }
  }

  /// Sets off to bring each column's weights, (columns, weights) in `values`, from the rank whose column it is to all. They may not be touched until
  /// ``progress()`` returns false. Collective.
  public func startGather(_ values: FloatView) throws(CollectiveError) {
    switch way {
    case .tree(let tree): try tree.startGather(values)
    case .ranks(let ranks): try ranks.startGather(values)
    }
  }

  /// Lets what was started move on; false when nothing is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    switch way {
    case .tree(let tree): try tree.progress()
    case .ranks(let ranks): try ranks.progress()
    }
  }
}

/// From every rank to every rank.
private final class ColumnRanks {
  private let schedule: ColumnSchedule
  private let scatter: AllToAll<Float>
  private let gather: AllGather<Float>
  /// For each rank, this rank's rows: what is shared, then that rank's columns.
  private let packed: AlignedBuffer<Float>
  private let received: AlignedBuffer<Float>
  private let ownRows: Range<Int>

  init(communicator: Communicator, schedule: ColumnSchedule) {
    self.schedule = schedule
    ownRows = schedule.plan.samples(of: schedule.rank)
    scatter = AllToAll(
      communicator, sendCounts: schedule.sent, receiveCounts: schedule.received)
    gather = AllGather(communicator, counts: schedule.blocks)
    packed = AlignedBuffer(count: scatter.sendCount)
    received = AlignedBuffer(count: scatter.receiveCount)
  }

  /// (samples, shared and own columns)
  var result: FloatView { received.view }

  func start(columns: MatrixView, shared: MatrixView) throws(CollectiveError) {
    if !ownRows.isEmpty {
      for rank in 0..<schedule.plan.rankCount {
        ColumnTree.pack(
          shared, columns, schedule.columns(of: rank),
          into: packed.view.slice(scatter.sendBlock(for: rank)))
      }
    }
    try scatter.start(packed.view, into: received.view)
  }

  func startGather(_ values: FloatView) throws(CollectiveError) {
    try gather.start(values.slice(gather.block(of: schedule.rank)), into: values)
  }

  func progress() throws(CollectiveError) -> Bool {
    try scatter.progress()
    try gather.progress()
    return scatter.isUnderWay || gather.isUnderWay
  }
}
