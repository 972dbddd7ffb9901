// Sums over the shards of all ranks as MPI adds them.

import CMPI
import Numerics

/// `MPI_Allreduce` of the ranks' own sums. The bits of a result depend on the number of ranks and on the
/// MPI library; they are the same on every rank of one run.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class PlainAllReduce<Element: CollectiveElement & TreeSummable> {
  private let communicator: Communicator
  private let toOwn: TreeSummation
  private var pending = PendingOperation()

  private let longest: Int

  /// For sums over the shards of `plan`, of at most `longest` elements a call of MPI. Local.
  public init(communicator: Communicator, plan: ShardPlan, longest: Int? = nil) {
    self.communicator = communicator
    self.longest = longest ?? MessageCounts.most
    toOwn = TreeSummation(ofLeaves: plan.shards(of: communicator.rank))
  }

  /// This rank's shards: the one part it contributes.
  public var shards: Range<Int> { toOwn.node }

  /// Overwrites `result`, on every rank the same, with the sum of all ranks' `part`, of as many
  /// elements. Collective.
  public func sum(_ part: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    if communicator.size == 1 { return copy(part, to: result) }
    try MessageCounts.forEachPiece(of: result.count, longest: longest) {
      start, length throws(CollectiveError) in
      let (source, target) = (part.slice(start, length), result.slice(start, length))
      try check(
        CommunicationMeter.shared.blocking(communicator, bytes: bytes(length)) {
          MPI_Allreduce(
            sendAddress(source, target), target.baseAddress, Int32(length), Element.mpiDatatype,
            hyperdist_mpi_sum(), communicator.handle)
        }, "MPI_Allreduce", rank: communicator.rank)
    }
  }

  /// Sums this rank's shards, part k `result.count` elements from k * `stride` on of `parts` (used as
  /// scratch), with those of all ranks. Collective.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    toOwn.run(parts, stride: stride, into: result)
    try sum(result, into: result)
  }

  /// As ``sum(_:into:)``, but only sets off; `result` may not be touched until it is done. More elements
  /// than one call of MPI takes are summed here and now.
  public func start(_ part: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    copy(part, to: result)
    if communicator.size == 1 { return }
    if result.count > longest { return try sum(result, into: result) }
    try pending.begin("MPI_Iallreduce", communicator, bytes: bytes(result.count)) { request in
      MPI_Iallreduce(
        hyperdist_mpi_in_place(), result.baseAddress, Int32(result.count), Element.mpiDatatype,
        hyperdist_mpi_sum(), communicator.handle, request)
    }
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    try pending.progress(rank: communicator.rank)
    return pending.isUnderWay
  }

  private func sendAddress(_ part: VectorView<Element>, _ result: VectorView<Element>)
    -> UnsafeRawPointer?
  {
    part.baseAddress == result.baseAddress
      ? UnsafeRawPointer(hyperdist_mpi_in_place()) : UnsafeRawPointer(part.baseAddress)
  }

  private func copy(_ part: VectorView<Element>, to result: VectorView<Element>) {
    if part.baseAddress != result.baseAddress { result.copy(from: part) }
  }

  /// What the best algorithms for long vectors send: a reduce-scatter and an all-gather.
  private func bytes(_ count: Int) -> Int {
    2 * count * MemoryLayout<Element>.stride * (communicator.size - 1) / communicator.size
  }
}
