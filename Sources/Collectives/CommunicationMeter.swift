// What collective operations moved and how long they took.

import CMPI
import Host

/// Bytes and seconds of this process's planned collective operations (``AllGather``, ``AllToAll`` and
/// the all-reduces) since the last reset. Used by the main thread only, as MPI is.
public final class CommunicationMeter: @unchecked Sendable {
  public static let shared = CommunicationMeter()

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

  private var underWay = 0
  private var underWaySince = 0.0

  private init() {}

  /// Begins anew; no operation may be under way.
  public func reset() {
    precondition(underWay == 0, "CommunicationMeter: reset with \(underWay) operations under way")
    (bytesSent, inFlightSeconds, exposedSeconds, waitingSeconds) = (0, 0, 0, 0)
  }

  /// A call that makes a whole operation, sending `bytes` to other ranks.
  @inline(__always)
  func blocking(_ communicator: Communicator, bytes: Int, _ call: () -> Int32) -> Int32 {
    waitForOthers(communicator)
    bytesSent += bytes
    let begin = monotonicSeconds()
    opened(at: begin)
    let status = call()
    let end = monotonicSeconds()
    exposedSeconds += end - begin
    closed(at: end)
    return status
  }

  /// A call that sets an operation off, which sends `bytes` to other ranks.
  @inline(__always)
  func starting(bytes: Int, _ call: () -> Int32) -> Int32 {
    bytesSent += bytes
    let begin = monotonicSeconds()
    opened(at: begin)
    let status = call()
    exposedSeconds += monotonicSeconds() - begin
    return status
  }

  /// A call that looks after an operation under way; `isDone` tells afterwards whether it ended.
  @inline(__always)
  func attending(_ call: () -> Int32, isDone: () -> Bool) -> Int32 {
    let begin = monotonicSeconds()
    let status = call()
    let end = monotonicSeconds()
    exposedSeconds += end - begin
    if isDone() { closed(at: end) }
    return status
  }

  /// Returns when all ranks are there, if waiting is measured.
  public func waitForOthers(_ communicator: Communicator) {
    guard separatesWaiting, communicator.size > 1 else { return }
    let begin = monotonicSeconds()
    MPI_Barrier(communicator.handle)
    waitingSeconds += monotonicSeconds() - begin
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
