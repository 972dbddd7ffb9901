// Collective operations that need no plan: small, rare or exact.

import CMPI
import Glibc
import Host
import Numerics

extension Communicator {
  /// Returns when every rank has called it.
  public func barrier() throws(CollectiveError) {
    if size == 1 { return }
    try check(MPI_Barrier(handle), "MPI_Barrier", rank: rank)
  }

  /// As ``barrier()``, and leaves the core to other threads meanwhile, where the wait may be long. Collective.
  public func rest() throws(CollectiveError) { _ = try barrier(within: .infinity) }

  /// Whether every rank has called it before `seconds` have passed on this one. Collective, but for ranks that never come.
  public func barrier(within seconds: Double) throws(CollectiveError) -> Bool {
    if size == 1 { return true }
    var request: OpaquePointer? = hyperdist_mpi_request_null()
    try check(MPI_Ibarrier(handle, &request), "MPI_Ibarrier", rank: rank)
    let begin = monotonicSeconds()
    while true {
      var isDone: Int32 = 0
      try check(MPI_Test(&request, &isDone, hyperdist_mpi_status_ignore()), "MPI_Test", rank: rank)
      if isDone != 0 { return true }
      if monotonicSeconds() - begin > seconds { return false }
      usleep(1000)
    }
  }

  /// Overwrites `view` on every rank with `root`'s, which has the same count everywhere. Collective.
  public func broadcast<T: BitwiseCopyable>(_ view: VectorView<T>, from root: Int)
    throws(CollectiveError)
  {
    precondition(root >= 0 && root < size, "broadcast: root \(root) of \(size) ranks")
    if size == 1 { return }
    try MessageCounts.forEachPiece(of: view.bytes.count, longest: 1 << 30) {
      start, length throws(CollectiveError) in
      try check(
        MPI_Bcast(
          UnsafeMutableRawPointer(view.baseAddress) + start, Int32(length), hyperdist_mpi_byte(),
          Int32(root), handle), "MPI_Bcast", rank: rank)
    }
  }

  /// `root`'s text, on every rank; other ranks' `text` is not looked at. Collective.
  public func broadcast(_ text: String, from root: Int) throws(CollectiveError) -> String {
    if size == 1 { return text }
    let length = AlignedBuffer<Int64>(count: 1)
    length[0] = Int64(text.utf8.count)
    try broadcast(length.view, from: root)
    let bytes = AlignedBuffer<UInt8>(count: Int(length[0]))
    if rank == root { bytes.view.copy(from: Array(text.utf8)) }
    try broadcast(bytes.view, from: root)
    return String(decoding: UnsafeRawBufferPointer(bytes.view.bytes), as: UTF8.self)
  }

  /// Overwrites every element with its sum over the ranks; exact, so their order is no matter.
  /// Collective.
  public func sum(_ values: VectorView<Int64>) throws(CollectiveError) {
    try allReduce(values, hyperdist_mpi_sum())
  }

  /// Overwrites every element with the largest of any rank. Collective.
  public func max(_ values: VectorView<Int64>) throws(CollectiveError) {
    try allReduce(values, hyperdist_mpi_max())
  }

  /// Overwrites every element with the least of any rank; none is NaN. Collective.
  public func min(_ values: VectorView<Double>) throws(CollectiveError) {
    try allReduce(values, hyperdist_mpi_min())
  }

  /// The largest `value` of any rank. Collective.
  public func max(_ value: Int) throws(CollectiveError) -> Int {
    if size == 1 { return value }
    let buffer = AlignedBuffer<Int64>(count: 1)
    buffer[0] = Int64(value)
    try max(buffer.view)
    return Int(buffer[0])
  }

  private func allReduce<Element: CollectiveElement>(
    _ values: VectorView<Element>, _ operation: OpaquePointer
  ) throws(CollectiveError) {
    if size == 1 { return }
    try MessageCounts.forEachPiece(of: values.count) { start, length throws(CollectiveError) in
      // As recursive doubling sends it.
      let messages = Int.bitWidth - (size - 1).leadingZeroBitCount
      try check(
        CommunicationMeter.shared.blocking(
          "MPI_Allreduce", self, bytes: messages * length * MemoryLayout<Element>.stride,
          messages: messages, .allReduce(bytes: length * MemoryLayout<Element>.stride)
        ) {
          MPI_Allreduce(
            hyperdist_mpi_in_place(), values.baseAddress + start, Int32(length),
            Element.mpiDatatype, operation, handle)
        }, "MPI_Allreduce", rank: rank)
    }
  }

  /// The texts of all ranks in rank order, on every rank. Collective.
  public func gather(_ text: String) throws(CollectiveError) -> [String] {
    if size == 1 { return [text] }
    let own = AlignedBuffer<UInt8>(count: text.utf8.count)
    own.view.copy(from: Array(text.utf8))
    let ownLength = AlignedBuffer<Int64>(count: 1)
    ownLength[0] = Int64(own.count)
    let lengths = AlignedBuffer<Int64>(count: size)
    try AllGather<Int64>(self, counts: [Int](repeating: 1, count: size))
      .run(ownLength.view, into: lengths.view)
    let counts = lengths.view.array.map(Int.init)
    let all = AlignedBuffer<UInt8>(count: counts.reduce(0, +))
    try AllGather<UInt8>(self, counts: counts).run(own.view, into: all.view)
    var start = 0
    return counts.map { count in
      defer { start += count }
      return String(decoding: all.view.slice(start, count).bytes, as: UTF8.self)
    }
  }
}
