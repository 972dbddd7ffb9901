// What collective operations moved and how long they took.

import CMPI
import Host

/// Operations, messages, bytes and seconds of this process's collective operations (``AllGather``, ``AllToAll``, all-reduces)
/// since the last reset. Used by the main thread only, as MPI is.
public final class CommunicationMeter: @unchecked Sendable {
  public static let shared = CommunicationMeter()

  /// Operations for whose end this rank waited at once, and those that were under way while it did something else.
  public private(set) var blockingOperations = 0
  public private(set) var startedOperations = 0
  /// Messages to other ranks, as if every operation sent each rank its block directly.
  public private(set) var messagesSent = 0
  /// Bytes handed to MPI for other ranks: a block that goes to k ranks counts k times.
  public private(set) var bytesSent = 0
  /// Seconds in which at least one operation was under way, from its start until its end was noticed.
  public private(set) var inFlightSeconds = 0.0
  /// Seconds the main thread spent inside MPI: not available for computing.
  public private(set) var exposedSeconds = 0.0
  /// Seconds spent waiting until all ranks arrived at an operation that blocks; measured, and then not
  /// counted as exposed, only while ``separatesWaiting``.
  public private(set) var waitingSeconds = 0.0
  /// Whether a barrier goes before each operation that blocks, to tell waiting for other ranks from
  /// moving data. The same on all ranks.
  public var separatesWaiting = false
  /// Hears of every message, if there is one.
  public var recorder: MessageRecorder?

  private var underWay = 0
  private var spaceCount = 0
  private var underWaySince = 0.0

  private init() {}

  /// Begins anew; what is under way counts from now on.
  public func reset() {
    (blockingOperations, startedOperations, messagesSent, bytesSent) = (0, 0, 0, 0)
    (inFlightSeconds, exposedSeconds, waitingSeconds) = (0, 0, 0)
    underWaySince = monotonicSeconds()
  }

  /// An operation that blocks, made of messages of its own, begins.
  func beginBlocking(_ communicator: Communicator) {
    waitForOthers(communicator)
    blockingOperations += 1
  }

  /// An operation made of messages of its own is set off.
  func beginStarted() { startedOperations += 1 }

  /// A number for a new message space, the same on all ranks, which make them in one order.
  func nextSpace() -> Int {
    spaceCount += 1
    return spaceCount
  }

  /// A call that makes a whole operation, `described` for who records it, sending `bytes` to other ranks in `messages`.
  @inline(__always)
  func blocking(
    _ function: StaticString, _ communicator: Communicator, bytes: Int, messages: Int,
    _ described: @autoclosure () -> CollectiveCall?, _ call: () -> Int32
  ) -> Int32 {
    beginBlocking(communicator)
    count(bytes: bytes, messages: messages)
    let begin = monotonicSeconds()
    recorder?.enter(begin)
    opened(at: begin)
    let status = call()
    let end = monotonicSeconds()
    exposedSeconds += end - begin
    closed(at: end)
    if let recorder {
      recorder.blocked(function, described(), communicator, bytes: bytes, from: begin, to: end)
      recorder.leave(monotonicSeconds())
    }
    return status
  }

  /// A call that sets off what sends `bytes` to other ranks in `messages`; `opened` makes it known to who records it.
  @inline(__always)
  func starting(
    bytes: Int, messages: Int, _ call: () -> Int32,
    recorded: (_ recorder: MessageRecorder, _ time: Double) -> Void
  ) -> Int32 {
    count(bytes: bytes, messages: messages)
    let begin = monotonicSeconds()
    recorder?.enter(begin)
    opened(at: begin)
    let status = call()
    exposedSeconds += monotonicSeconds() - begin
    if let recorder {
      recorded(recorder, begin)
      recorder.leave(monotonicSeconds())
    }
    return status
  }

  /// A call that looks after an operation under way; `isDone` tells afterwards whether it ended.
  @inline(__always)
  func attending(
    _ call: () -> Int32, isDone: () -> Bool,
    recorded: (_ recorder: MessageRecorder, _ time: Double) -> Void
  ) -> Int32 {
    let begin = monotonicSeconds()
    recorder?.enter(begin)
    let status = call()
    let end = monotonicSeconds()
    exposedSeconds += end - begin
    let isDone = isDone()
    if isDone { closed(at: end) }
    if let recorder {
      if isDone { recorded(recorder, end) }
      recorder.leave(monotonicSeconds())
    }
    return status
  }

  /// Returns when all ranks are there, if waiting is measured.
  public func waitForOthers(_ communicator: Communicator) {
    guard separatesWaiting, communicator.size > 1 else { return }
    let begin = monotonicSeconds()
    MPI_Barrier(communicator.handle)
    waitingSeconds += monotonicSeconds() - begin
  }

  private func count(bytes: Int, messages: Int) {
    bytesSent += bytes
    messagesSent += messages
  }

  private func opened(at time: Double) {
    if underWay == 0 { underWaySince = time }
    underWay += 1
  }

  private func closed(at time: Double) {
    underWay -= 1
    if underWay == 0 { inFlightSeconds += time - underWaySince }
  }
}
