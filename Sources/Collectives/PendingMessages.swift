// A message to another rank and one from it, under way together.

import CMPI
import Numerics

/// Up to two messages between this rank and one other.
struct PendingMessages {
  private var requests: (OpaquePointer?, OpaquePointer?) = (nil, nil)
  private(set) var isUnderWay = false
  private var open = MessageRecorder.Open()

  /// Sets off to send `outgoing` to `partner` and to receive `incoming` from it. Empty ones are left out, on both sides alike.
  mutating func begin<Element: CollectiveElement>(
    _ outgoing: VectorView<Element>, into incoming: VectorView<Element>, partner: Int,
    _ communicator: Communicator
  ) throws(CollectiveError) {
    precondition(!isUnderWay, "PendingMessages: the messages before were never waited for")
    if outgoing.count == 0 && incoming.count == 0 { return }
    requests = (hyperdist_mpi_request_null(), hyperdist_mpi_request_null())
    let status = CommunicationMeter.shared.starting(
      bytes: outgoing.bytes.count, messages: outgoing.count == 0 ? 0 : 1
    ) {
      var status = MPI_SUCCESS
      if incoming.count > 0 {
        status = MPI_Irecv(
          incoming.baseAddress, Int32(incoming.count), Element.mpiDatatype, Int32(partner), 0,
          communicator.handle, &requests.0)
      }
      if outgoing.count > 0 && status == MPI_SUCCESS {
        status = MPI_Isend(
          outgoing.baseAddress, Int32(outgoing.count), Element.mpiDatatype, Int32(partner), 0,
          communicator.handle, &requests.1)
      }
      return status
    } recorded: { recorder, time in
      let stage = MessageStage([
        .receive(from: partner, space: communicator.space, bytes: incoming.bytes.count),
        .send(to: partner, space: communicator.space, bytes: outgoing.bytes.count),
      ]).shifted(by: communicator.firstRank)
      open = recorder.started(
        "messages with rank \(communicator.firstRank + partner)", stage,
        bytes: outgoing.bytes.count, at: time)
    }
    try check(status, "MPI_Isend or MPI_Irecv", rank: communicator.rank)
    isUnderWay = true
  }

  mutating func progress(rank: Int) throws(CollectiveError) {
    guard isUnderWay else { return }
    var done: Int32 = 0
    let status = CommunicationMeter.shared.attending(
      { withRequests { MPI_Testall(2, $0, &done, hyperdist_mpi_statuses_ignore()) } },
      isDone: { done != 0 }, recorded: { $0.ended(&open, at: $1) })
    try check(status, "MPI_Testall", rank: rank)
    if done != 0 { isUnderWay = false }
  }

  mutating func wait(rank: Int) throws(CollectiveError) {
    guard isUnderWay else { return }
    isUnderWay = false
    let status = CommunicationMeter.shared.attending(
      { withRequests { MPI_Waitall(2, $0, hyperdist_mpi_statuses_ignore()) } }, isDone: { true },
      recorded: { $0.ended(&open, at: $1) })
    try check(status, "MPI_Waitall", rank: rank)
  }

  private mutating func withRequests(
    _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) -> Int32 {
    withUnsafeMutablePointer(to: &requests) {
      $0.withMemoryRebound(to: OpaquePointer?.self, capacity: 2, body)
    }
  }
}
