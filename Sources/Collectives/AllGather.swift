// Every rank's block of numbers, gathered on every rank.

import CMPI
import Numerics

/// A plan of an all-gather, made once and run often; a run allocates nothing of ours.
///
/// Used from the main thread only.
public final class AllGather<Element: CollectiveElement> {
  private let communicator: Communicator
  private let blocks: BlockCounts<Element>
  private var pending = PendingOperation()

  /// Rank r contributes `counts[r]` elements; the same list on every rank. Local.
  public convenience init(_ communicator: Communicator, counts: [Int]) {
    self.init(communicator, counts: counts, mostUnits: MessageCounts.most)
  }

  /// With what MPI can count to, which is smaller in tests.
  package init(_ communicator: Communicator, counts: [Int], mostUnits: Int) {
    precondition(
      counts.count == communicator.size,
      "AllGather: \(counts.count) counts for \(communicator.size) ranks")
    self.communicator = communicator
    blocks = BlockCounts(counts, mostUnits: communicator.size == 1 ? .max : mostUnits)
  }

  /// Elements of all ranks together.
  public var totalCount: Int { blocks.total }

  /// Where a rank's block lies within the gathered elements.
  public func block(of rank: Int) -> Range<Int> { blocks.block(of: rank) }

  /// Overwrites `all` with every rank's block in rank order; `local` (this rank's block) is read and
  /// may be that very block of `all`. Collective. Cost: moves `totalCount` elements into each rank.
  public func run(_ local: VectorView<Element>, into all: VectorView<Element>)
    throws(CollectiveError)
  {
    checkViews(local, all)
    if communicator.size == 1 { return copyLocal(local, into: all) }
    try blocks.check()
    try check(
      CommunicationMeter.shared.blocking(
        "MPI_Allgatherv", communicator, bytes: bytesSent(local), messages: communicator.size - 1,
        described
      ) {
        MPI_Allgatherv(
          sendAddress(local, all), ownCount, blocks.datatype, all.baseAddress,
          blocks.counts.view.baseAddress, blocks.displacements.view.baseAddress,
          blocks.datatype, communicator.handle)
      }, "MPI_Allgatherv", rank: communicator.rank)
  }

  /// As ``run(_:into:)``, but only sets off. Neither view may be touched before ``wait()``.
  public func start(_ local: VectorView<Element>, into all: VectorView<Element>)
    throws(CollectiveError)
  {
    checkViews(local, all)
    if communicator.size == 1 { return copyLocal(local, into: all) }
    try blocks.check()
    try pending.begin(
      "MPI_Iallgatherv", communicator, bytes: bytesSent(local), messages: communicator.size - 1,
      described
    ) { request in
      MPI_Iallgatherv(
        sendAddress(local, all), ownCount, blocks.datatype, all.baseAddress,
        blocks.counts.view.baseAddress, blocks.displacements.view.baseAddress,
        blocks.datatype, communicator.handle, request)
    }
  }

  /// Lets MPI move data of a started run; cheap, and local. Call it now and then between `start` and
  /// `wait`: MPI makes progress only while it is called.
  public func progress() throws(CollectiveError) { try pending.progress(rank: communicator.rank) }

  /// Whether a started run is not known to be done.
  public var isUnderWay: Bool { pending.isUnderWay }

  /// Returns when the started run is done.
  public func wait() throws(CollectiveError) { try pending.wait(communicator) }

  private var described: CollectiveCall {
    .allGather(
      blocks: (0..<communicator.size).map {
        blocks.block(of: $0).count * MemoryLayout<Element>.stride
      })
  }

  private var ownCount: Int32 { blocks.counts[communicator.rank] }

  private func bytesSent(_ local: VectorView<Element>) -> Int {
    local.bytes.count * (communicator.size - 1)
  }

  private func checkViews(_ local: VectorView<Element>, _ all: VectorView<Element>) {
    let own = blocks.block(of: communicator.rank)
    precondition(
      local.count == own.count && all.count == blocks.total,
      "AllGather: views of \(local.count) and \(all.count) elements in a plan for \(own.count) and "
        + "\(blocks.total)")
  }

  private func isInPlace(_ local: VectorView<Element>, _ all: VectorView<Element>) -> Bool {
    local.baseAddress == all.baseAddress + blocks.block(of: communicator.rank).lowerBound
  }

  private func sendAddress(_ local: VectorView<Element>, _ all: VectorView<Element>)
    -> UnsafeRawPointer?
  {
    isInPlace(local, all)
      ? UnsafeRawPointer(hyperdist_mpi_in_place()) : UnsafeRawPointer(local.baseAddress)
  }

  private func copyLocal(_ local: VectorView<Element>, into all: VectorView<Element>) {
    if !isInPlace(local, all) { all.copy(from: local) }
  }
}
