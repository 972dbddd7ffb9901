// Counts and displacements of one block a rank, as MPI's v-collectives take them.

import CMPI
import TensorCore

/// `counts[r]` elements for rank r, blocks lying one behind the other.
struct BlockCounts: ~Copyable {
  let counts: AlignedBuffer<Int32>
  let displacements: AlignedBuffer<Int32>
  let total: Int

  init(_ counts: [Int]) {
    self.counts = AlignedBuffer(count: counts.count)
    displacements = AlignedBuffer(count: counts.count)
    var offset = 0
    for (rank, count) in counts.enumerated() {
      self.counts[rank] = mpiCount(count)
      displacements[rank] = mpiCount(offset)
      offset += count
    }
    total = offset
  }

  func block(of rank: Int) -> Range<Int> {
    Int(displacements[rank])..<Int(displacements[rank]) + Int(counts[rank])
  }
}

/// A nonblocking operation under way, or none.
struct PendingOperation {
  private var request: OpaquePointer?
  private(set) var isUnderWay = false

  /// Calls `start` with the place for the request.
  mutating func begin(
    _ function: StaticString, rank: Int, _ start: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws(CollectiveError) {
    precondition(!isUnderWay, "\(function): the operation before it was never waited for")
    try check(start(&request), function, rank: rank)
    isUnderWay = true
  }

  mutating func progress(rank: Int) throws(CollectiveError) {
    guard isUnderWay else { return }
    var done: Int32 = 0
    try check(
      MPI_Test(&request, &done, hyperdist_mpi_status_ignore()), "MPI_Test", rank: rank)
    if done != 0 { isUnderWay = false }
  }

  mutating func wait(rank: Int) throws(CollectiveError) {
    guard isUnderWay else { return }
    isUnderWay = false
    try check(MPI_Wait(&request, hyperdist_mpi_status_ignore()), "MPI_Wait", rank: rank)
  }
}
