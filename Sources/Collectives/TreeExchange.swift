// Sums along the reduction tree by messages along it.

import Numerics

/// Recursive halving and doubling in the ``ReductionTree``'s own order, for ranks that have a node of one of its levels each (``TreeSchedule``).
///
/// Of a long vector two ranks that meet give each other half of what they have and add the halves they keep, left + right; then, the last meeting
/// first, they give each other the sums. Of a short one they give each other all and both add. Each rank so has log2 P messages there and as many back,
/// instead of P - 1, and the additions are those of the tree.
final class TreeExchange<Element: CollectiveElement & TreeSummable>: NodeExchange {
  let longest: Int
  private let communicator: Communicator
  private let schedule: TreeSchedule
  private let shortCount: Int
  /// What a partner gives to be added.
  private let incoming: AlignedBuffer<Element>

  /// Nil where nothing is under way.
  private var pass: TreeSchedule.Pass?
  private var meeting = 0
  private var gathersAfterwards = false
  /// This side's sum before the meeting.
  private var source: VectorView<Element>
  private var result: VectorView<Element>
  private var messages = PendingMessages()

  /// For vectors of up to `capacity` elements. Local. `mostElements` is what MPI can count to.
  init(
    communicator: Communicator, schedule: TreeSchedule, capacity: Int, shortBytes: Int? = nil,
    mostElements: Int? = nil
  ) {
    self.communicator = communicator
    self.schedule = schedule
    longest = max(16, (mostElements ?? MessageCounts.most) / 16 * 16)
    let piece = min(capacity, longest)
    shortCount = min(piece, (shortBytes ?? TreeSchedule.shortBytes) / MemoryLayout<Element>.stride)
    incoming = AlignedBuffer(count: max(shortCount, (piece + 31) / 32 * 16))
    source = incoming.view
    result = incoming.view
  }

  func owned(of count: Int) -> Range<Int> { schedule.owned(of: count) }

  func sum(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    CommunicationMeter.shared.beginBlocking(communicator)
    try begin(parts, into: result)
    while pass != nil {
      try messages.wait(rank: communicator.rank)
      try finishMeeting()
    }
  }

  func start(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    CommunicationMeter.shared.beginStarted()
    try begin(parts, into: result)
  }

  func startScatter(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    CommunicationMeter.shared.beginStarted()
    try begin(.halving, parts, into: result, gathersAfterwards: false)
  }

  func startGather(_ values: VectorView<Element>) throws(CollectiveError) {
    CommunicationMeter.shared.beginStarted()
    requireIdle()
    result = values
    try begin(.doubling)
  }

  func progress() throws(CollectiveError) -> Bool {
    while pass != nil {
      try messages.progress(rank: communicator.rank)
      if messages.isUnderWay { return true }
      try finishMeeting()
    }
    return false
  }

  private func begin(_ parts: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    try begin(
      result.count <= shortCount ? .whole : .halving, parts, into: result, gathersAfterwards: true)
  }

  private func begin(
    _ pass: TreeSchedule.Pass, _ parts: VectorView<Element>, into result: VectorView<Element>,
    gathersAfterwards: Bool
  ) throws(CollectiveError) {
    requireIdle()
    self.result = result
    source = schedule.meetings[0].hasSum ? parts.slice(0, result.count) : result
    self.gathersAfterwards = gathersAfterwards
    try begin(pass)
  }

  private func begin(_ pass: TreeSchedule.Pass) throws(CollectiveError) {
    self.pass = pass
    meeting = pass == .doubling ? schedule.meetings.count - 1 : 0
    try meet()
  }

  /// What of the vector this rank sums at the meeting.
  private var kept: Range<Int> {
    pass == .whole ? 0..<result.count : schedule.halves(at: meeting, of: result.count).kept
  }

  /// Sets off the messages of the meeting at hand.
  private func meet() throws(CollectiveError) {
    guard let pass else { return }
    let now = schedule.meetings[meeting]
    let (given, taken) = schedule.transfer(pass, at: meeting, of: result.count)
    if pass == .doubling {
      return try messages.begin(
        result.slice(given), into: result.slice(taken), partner: now.partner, communicator)
    }
    try messages.begin(
      given.isEmpty ? source.slice(0, 0) : source.slice(given),
      into: now.hasSum ? incoming.view.slice(0, taken.count) : result.slice(taken),
      partner: now.partner, communicator)
  }

  /// Takes in what the partner gave, and goes on to the next meeting if there is one.
  private func finishMeeting() throws(CollectiveError) {
    guard let pass else { return }
    if pass == .doubling {
      meeting -= 1
      return try meeting < 0 ? end() : meet()
    }
    add()
    meeting += 1
    if meeting < schedule.meetings.count { return try meet() }
    meeting -= 1
    let own = kept
    if source.baseAddress != result.baseAddress { result.slice(own).copy(from: source.slice(own)) }
    if pass == .halving && gathersAfterwards { return try begin(.doubling) }
    end()
  }

  private func add() {
    let now = schedule.meetings[meeting]
    guard now.partnerHasSum else { return }
    let kept = kept
    if now.hasSum {
      let (own, other) = (source.slice(kept), incoming.view.slice(0, kept.count))
      TreeSummation.add(
        now.isLeft ? own : other, now.isLeft ? other : own, into: result.slice(kept))
    }
    source = result
  }

  private func end() { pass = nil }

  private func requireIdle() {
    precondition(pass == nil, "TreeExchange: the sum before is not done")
  }
}
