// What MPI is told in some steps.

import Host

/// Keeps every message that this rank tells MPI of, when, and how long it computes in between. Collective operations are kept as the
/// messages that MPI makes of them (``CollectiveCall/stages(rank:of:space:isBlocking:)``), which nobody outside it sees.
///
/// Used by the main thread only, as MPI is. Unlike the step, it allocates.
public final class MessageRecorder {
  /// A call of MPI, or a message from its start until its end was noticed.
  public struct Interval: Sendable {
    public let name: String
    public let begin: Double
    public let end: Double
    public let bytes: Int
    /// Whether the main thread did something else meanwhile.
    public let isUnderWay: Bool
  }

  /// A message under way.
  struct Open {
    fileprivate var waits: [MessageAction] = []
    fileprivate var name = ""
    fileprivate var bytes = 0
    fileprivate var begin = 0.0
  }

  public private(set) var actions: [MessageAction] = []
  public private(set) var intervals: [Interval] = []
  /// An operation of which MPI's messages are not known, if there was one.
  public private(set) var unknown: String?

  /// Since when the main thread computes, outside MPI.
  private var outsideSince = monotonicSeconds()
  private var computed = 0.0

  public init() {}

  // MARK: The meter's calls, in this order

  /// A call of MPI begins.
  func enter(_ time: Double) { computed += time - outsideSince }

  /// A call of MPI ends.
  func leave(_ time: Double) { outsideSince = time }

  /// What the call that just ended did from its beginning to its end.
  func blocked(
    _ name: StaticString, _ call: CollectiveCall?, _ communicator: Communicator, bytes: Int,
    from begin: Double, to end: Double
  ) {
    guard let stages = stages(name, call, communicator, isBlocking: true) else { return }
    append(stages.actions)
    intervals.append(
      Interval(name: "\(name)", begin: begin, end: end, bytes: bytes, isUnderWay: false))
  }

  /// What the call that just began sets off.
  func started(
    _ name: StaticString, _ call: CollectiveCall?, _ communicator: Communicator, bytes: Int,
    at time: Double
  ) -> Open {
    guard let stages = stages(name, call, communicator, isBlocking: false) else { return Open() }
    return started("\(name)", MessageStage(stages.flatMap(\.starts)), bytes: bytes, at: time)
  }

  func started(_ name: String, _ stage: MessageStage, bytes: Int, at time: Double) -> Open {
    append(stage.starts)
    return Open(waits: stage.waits, name: name, bytes: bytes, begin: time)
  }

  /// The end of what was under way has been noticed.
  func ended(_ open: inout Open, at time: Double) {
    if open.waits.isEmpty { return }
    append(open.waits)
    intervals.append(
      Interval(
        name: open.name, begin: open.begin, end: time, bytes: open.bytes, isUnderWay: true))
    open = Open()
  }

  /// To be called when all is done: what was computed since the last call of MPI.
  public func finish() {
    enter(monotonicSeconds())
    append([])
    if computed > 0 { flush() }
  }

  private func append(_ actions: [MessageAction]) {
    if actions.isEmpty { return }
    flush()
    self.actions += actions
  }

  private func flush() {
    let nanoseconds = Int(1e9 * computed)
    computed = 0
    if nanoseconds > 0 { actions.append(.compute(nanoseconds: nanoseconds)) }
  }

  private func stages(
    _ name: StaticString, _ call: CollectiveCall?, _ communicator: Communicator, isBlocking: Bool
  ) -> [MessageStage]? {
    guard let call else {
      unknown = "\(name)"
      return nil
    }
    return call.stages(
      rank: communicator.rank, of: communicator.size, space: communicator.space,
      isBlocking: isBlocking
    ).map { $0.shifted(by: communicator.firstRank) }
  }
}
