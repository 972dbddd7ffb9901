// Rows of samples brought to the ranks of their columns by messages along the reduction tree.

import Numerics

/// Recursive halving of columns: two ranks that meet give each other the half of the columns that the other goes on with, of all rows that they have; and
/// doubling of what is brought back. See ``ColumnSchedule``.
final class ColumnTree {
  private let communicator: Communicator
  private let schedule: ColumnSchedule
  private let tree: TreeSchedule
  private let outgoing: AlignedBuffer<Float>
  /// Rows before and behind a meeting, in turn: what is shared, then columns.
  private let even: AlignedBuffer<Float>
  private let odd: AlignedBuffer<Float>

  private enum Pass { case scatter, gather }
  /// Nil where nothing is under way.
  private var pass: Pass?
  private var meeting = 0
  private var values: FloatView
  private var messages = PendingMessages()

  init(communicator: Communicator, schedule: ColumnSchedule, tree: TreeSchedule) {
    self.communicator = communicator
    self.schedule = schedule
    self.tree = tree
    var (sent, held) = (0, [0, 0])
    for meeting in tree.meetings.indices {
      let (own, partners) = schedule.samples(at: meeting)
      let (kept, given) = tree.halves(at: meeting, of: schedule.columns)
      sent = max(sent, own.count * (schedule.shared + given.count))
      held[meeting % 2] = max(
        held[meeting % 2], (own.count + partners.count) * (schedule.shared + kept.count))
    }
    outgoing = AlignedBuffer(count: sent)
    even = AlignedBuffer(count: held[0])
    odd = AlignedBuffer(count: held[1])
    values = outgoing.view
  }

  /// (samples, shared and own columns)
  var result: FloatView { rows(behind: tree.meetings.count - 1).values }

  func start(columns: MatrixView, shared: MatrixView) throws(CollectiveError) {
    try begin(.scatter)
    meeting = 0
    try meet(shared, columns, from: 0)
  }

  func startGather(_ values: FloatView) throws(CollectiveError) {
    try begin(.gather)
    self.values = values
    meeting = tree.meetings.count - 1
    try give()
  }

  func progress() throws(CollectiveError) -> Bool {
    while let pass {
      try messages.progress(rank: communicator.rank)
      if messages.isUnderWay { return true }
      try goOn(pass)
    }
    return false
  }

  /// Overwrites `packed` with the rows of `shared` and of some columns of `matrix`, side by side.
  static func pack(
    _ shared: MatrixView, _ matrix: MatrixView, _ columns: Range<Int>, into packed: FloatView
  ) {
    let rows = MatrixView(packed, rows: matrix.rows, columns: shared.columns + columns.count)
    rows.columns(0..<shared.columns).copy(from: shared)
    if columns.isEmpty { return }
    rows.columns(shared.columns..<rows.columns).copy(from: matrix.columns(columns))
  }

  private func begin(_ pass: Pass) throws(CollectiveError) {
    precondition(self.pass == nil, "ColumnTree: the exchange before is not done")
    CommunicationMeter.shared.beginStarted()
    self.pass = pass
  }

  private func goOn(_ pass: Pass) throws(CollectiveError) {
    switch pass {
    case .scatter:
      meeting += 1
      guard meeting < tree.meetings.count else {
        self.pass = nil
        return
      }
      let rows = rows(behind: meeting - 1)
      let (own, _) = schedule.samples(at: meeting)
      // Without rows a matrix has no columns to look at.
      guard !own.isEmpty else { return try meet(rows, rows, from: 0) }
      try meet(
        rows.columns(0..<schedule.shared), rows.columns(schedule.shared..<rows.columns),
        from: tree.halves(at: meeting - 1, of: schedule.columns).kept.lowerBound)
    case .gather:
      meeting -= 1
      guard meeting >= 0 else {
        self.pass = nil
        return
      }
      try give()
    }
  }

  /// Where the rows lie that this rank has behind a meeting.
  private func rows(behind meeting: Int) -> MatrixView {
    let (own, partners) = schedule.samples(at: meeting)
    let width =
      schedule.shared + tree.halves(at: meeting, of: schedule.columns).kept.count
    let rows = own.count + partners.count
    let buffer = meeting % 2 == 0 ? even.view : odd.view
    return MatrixView(buffer.slice(0, rows * width), rows: rows, columns: width)
  }

  /// Sets off with the half of the columns that the partner goes on with; `columns` are those from `first` on.
  private func meet(_ shared: MatrixView, _ columns: MatrixView, from first: Int)
    throws(CollectiveError)
  {
    let (own, partners) = schedule.samples(at: meeting)
    let (kept, given) = tree.halves(at: meeting, of: schedule.columns)
    let rows = rows(behind: meeting).values
    let width = schedule.shared + kept.count
    let isLeft = tree.meetings[meeting].isLeft
    let (ownCount, partnerCount) = (own.count * width, partners.count * width)
    let sent = outgoing.view.slice(0, own.count * (schedule.shared + given.count))
    if !own.isEmpty {
      func local(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound - first..<range.upperBound - first
      }
      ColumnTree.pack(shared, columns, local(given), into: sent)
      ColumnTree.pack(
        shared, columns, local(kept), into: rows.slice(isLeft ? 0 : partnerCount, ownCount))
    }
    try messages.begin(
      sent, into: rows.slice(isLeft ? ownCount : 0, partnerCount),
      partner: tree.meetings[meeting].partner, communicator)
  }

  /// Sets off with the weights of the columns that this rank has.
  private func give() throws(CollectiveError) {
    let (kept, given) = tree.halves(at: meeting, of: schedule.columns)
    func weights(_ columns: Range<Int>) -> FloatView {
      values.slice(columns.lowerBound * schedule.weights, columns.count * schedule.weights)
    }
    try messages.begin(
      weights(kept), into: weights(given), partner: tree.meetings[meeting].partner, communicator)
  }
}
