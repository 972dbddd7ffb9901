// MPI's requests, begun, looked after and waited for.

import CMPI

/// A nonblocking operation under way, or none.
struct PendingOperation {
  private var request: OpaquePointer?
  private(set) var isUnderWay = false
  private var open = MessageRecorder.Open()

  /// Calls `start` with the place for the request; it sends `bytes` to other ranks in `messages`, as `described` for who records it.
  mutating func begin(
    _ function: StaticString, _ communicator: Communicator, bytes: Int, messages: Int,
    _ described: @autoclosure () -> CollectiveCall?,
    _ start: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(CollectiveError) {
    precondition(!isUnderWay, "\(function): the operation before it was never waited for")
    let meter = CommunicationMeter.shared
    meter.beginStarted()
    let status = meter.starting(bytes: bytes, messages: messages) {
      start(&request)
    } recorded: { recorder, time in
      open = recorder.started(function, described(), communicator, bytes: bytes, at: time)
    }
    try check(status, function, rank: communicator.rank)
    isUnderWay = true
  }

  mutating func progress(rank: Int) throws(CollectiveError) {
    guard isUnderWay else { return }
    var done: Int32 = 0
    let status = CommunicationMeter.shared.attending(
      { MPI_Test(&request, &done, hyperdist_mpi_status_ignore()) }, isDone: { done != 0 },
      recorded: { $0.ended(&open, at: $1) })
    try check(status, "MPI_Test", rank: rank)
    if done != 0 { isUnderWay = false }
  }

  mutating func wait(_ communicator: Communicator) throws(CollectiveError) {
    CommunicationMeter.shared.waitForOthers(communicator)
    guard isUnderWay else { return }
    isUnderWay = false
    let status = CommunicationMeter.shared.attending(
      { MPI_Wait(&request, hyperdist_mpi_status_ignore()) }, isDone: { true },
      recorded: { $0.ended(&open, at: $1) })
    try check(status, "MPI_Wait", rank: communicator.rank)
  }
}
