// Sums over the shards of all ranks as MPI adds them.

import CMPI
import Numerics

/// `MPI_Allreduce` of the ranks' own sums, or its two halves. The bits of a result depend on the number of ranks and on the
/// MPI library; they are the same on every rank of one run.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class PlainAllReduce<Element: CollectiveElement & TreeSummable> {
  /// This rank's shards: the one part it contributes, or none.
  public let nodes: [Range<Int>]

  private let communicator: Communicator
  private let toOwn: TreeSummation?
  private let longest: Int
  private let slices: RankSlices

  private enum Stage { case done, whole, scattering }
  private var stage = Stage.done
  private var pending = PendingOperation()
  /// Where a scattered sum arrives, and where it goes.
  private let own: AlignedBuffer<Element>
  private var target: VectorView<Element>

  /// For sums over the leaves of `plan`, of at most `longest` elements a call of MPI, and halves of sums of up to `scattered` elements. Local.
  public init(
    communicator: Communicator, plan: SumPlan, scattered: Int = 0, longest: Int? = nil
  ) {
    self.communicator = communicator
    self.longest = longest ?? MessageCounts.most
    let shards = plan.leaves(of: communicator.rank)
    nodes = shards.isEmpty ? [] : [shards]
    toOwn = shards.isEmpty ? nil : TreeSummation(ofLeaves: shards, grain: plan.tree.grain)
    slices = RankSlices(rankCount: communicator.size)
    own = AlignedBuffer(
      count: slices.slice(of: communicator.rank, min(scattered, self.longest)).count)
    target = own.view
  }

  /// Overwrites `result`, on every rank the same, with the sum of all ranks' `part`, of as many
  /// elements; of a rank without shards it is not looked at. Collective.
  public func sum(_ part: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    copy(part, to: result)
    if communicator.size == 1 { return }
    try MessageCounts.forEachPiece(of: result.count, longest: longest) {
      start, length throws(CollectiveError) in
      try check(
        CommunicationMeter.shared.blocking(
          "MPI_Allreduce", communicator, bytes: 2 * halfBytes(length),
          messages: 2 * (communicator.size - 1), nil
        ) {
          MPI_Allreduce(
            hyperdist_mpi_in_place(), result.baseAddress + start, Int32(length),
            Element.mpiDatatype, hyperdist_mpi_sum(), communicator.handle)
        }, "MPI_Allreduce", rank: communicator.rank)
    }
  }

  /// Sums this rank's shards, part k `result.count` elements from k * `stride` on of `parts` (used as
  /// scratch), with those of all ranks. Collective.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    toOwn?.run(parts, stride: stride, into: result)
    try sum(result, into: result)
  }

  /// As ``sum(_:into:)``, but only sets off; `result` may not be touched until it is done. More elements
  /// than one call of MPI takes are summed here and now.
  public func start(_ part: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    if communicator.size == 1 || result.count > longest { return try sum(part, into: result) }
    copy(part, to: result)
    try pending.begin(
      "MPI_Iallreduce", communicator, bytes: 2 * halfBytes(result.count),
      messages: 2 * (communicator.size - 1), nil
    ) { request in
      MPI_Iallreduce(
        hyperdist_mpi_in_place(), result.baseAddress, Int32(result.count), Element.mpiDatatype,
        hyperdist_mpi_sum(), communicator.handle, request)
    }
    stage = .whole
  }

  /// The elements whose sums this rank has after ``startScatter(_:into:)``. Vectors that one call of MPI does not take are summed whole.
  public func owned(of count: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for start in stride(from: 0, to: count, by: longest) {
      let slice = slices.slice(of: communicator.rank, min(longest, count - start))
      runs.append(start + slice.lowerBound..<start + slice.upperBound)
    }
    return runs
  }

  /// As ``start(_:into:)``, but only what this rank has by ``owned(of:)`` becomes the sum; the rest of `result` is scratch. Collective.
  public func startScatter(_ part: VectorView<Element>, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    if communicator.size == 1 || result.count > longest { return try sum(part, into: result) }
    copy(part, to: result)
    slices.prepare(result.count)
    target = result.slice(slices.slice(of: communicator.rank, result.count))
    try pending.begin(
      "MPI_Ireduce_scatter", communicator, bytes: halfBytes(result.count),
      messages: communicator.size - 1, nil
    ) { request in
      MPI_Ireduce_scatter(
        result.baseAddress, own.view.baseAddress, slices.counts.view.baseAddress,
        Element.mpiDatatype, hyperdist_mpi_sum(), communicator.handle, request)
    }
    stage = .scattering
  }

  /// Sets off to bring what each rank has of `values` by ``owned(of:)`` to all ranks. Collective.
  public func startGather(_ values: VectorView<Element>) throws(CollectiveError) {
    if communicator.size == 1 { return }
    try MessageCounts.forEachPiece(of: values.count, longest: longest) {
      start, length throws(CollectiveError) in
      slices.prepare(length)
      try pending.begin(
        "MPI_Iallgatherv", communicator,
        bytes: slices.slice(of: communicator.rank, length).count * (communicator.size - 1)
          * MemoryLayout<Element>.stride, messages: communicator.size - 1, nil
      ) { request in
        MPI_Iallgatherv(
          hyperdist_mpi_in_place(), 0, Element.mpiDatatype, values.baseAddress + start,
          slices.counts.view.baseAddress, slices.offsets.view.baseAddress, Element.mpiDatatype,
          communicator.handle, request)
      }
      stage = .whole
      if values.count > longest { while try progress() {} }
    }
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
    if stage == .done { return false }
    try pending.progress(rank: communicator.rank)
    if pending.isUnderWay { return true }
    if stage == .scattering { target.copy(from: own.view.slice(0, target.count)) }
    stage = .done
    return false
  }

  private func copy(_ part: VectorView<Element>, to result: VectorView<Element>) {
    if nodes.isEmpty {
      result.fill(0)
    } else if part.baseAddress != result.baseAddress {
      result.copy(from: part)
    }
  }

  /// What the best algorithms for long vectors send: this in a reduce-scatter, and as much in an all-gather.
  private func halfBytes(_ count: Int) -> Int {
    count * MemoryLayout<Element>.stride * (communicator.size - 1) / communicator.size
  }
}
