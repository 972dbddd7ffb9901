// Sums along the reduction tree by messages from every rank to every rank.

import CMPI
import Numerics

/// The way for any runs of shards: of a long vector each rank gets all ranks' nodes of one slice, finishes the tree on it (all-to-all there,
/// all-gather back); of a short one every rank gets all nodes and finishes the tree itself.
final class SliceExchange<Element: CollectiveElement & TreeSummable>: NodeExchange {
  /// MPI counts the elements of all nodes in 32 bits.
  let longest: Int
  private let communicator: Communicator
  private let schedule: SliceSchedule
  /// From the nodes of all ranks to the root.
  private let toRoot: TreeSummation
  private let slices: RankSlices

  /// Where what was started stands.
  private enum Stage { case done, short, scattering, gathering }
  private var stage = Stage.done
  private var gathersAfterwards = false
  private var pending = PendingOperation()
  private var result: VectorView<Element>

  private let outgoing: AlignedBuffer<Element>
  private let incoming: AlignedBuffer<Element>
  // Arguments of the v-collectives, filled in for each vector length.
  private let sendCounts: AlignedBuffer<Int32>
  private let sendOffsets: AlignedBuffer<Int32>
  private let receiveCounts: AlignedBuffer<Int32>
  private let receiveOffsets: AlignedBuffer<Int32>

  /// For vectors of up to `capacity` elements, over the leaves of `plan`. Local. `mostElements` is what MPI can count to.
  init(
    communicator: Communicator, plan: SumPlan, capacity: Int, shortBytes: Int? = nil,
    mostElements: Int? = nil
  ) {
    let size = communicator.size
    self.communicator = communicator
    let allNodes = (0..<size).flatMap { plan.tree.cover(of: plan.leaves(of: $0)) }
    toRoot = TreeSummation(of: allNodes, within: plan.tree.root, grain: plan.tree.grain)
    slices = RankSlices(rankCount: size)

    longest = max(16, (mostElements ?? MessageCounts.most) / allNodes.count / 16 * 16)
    let piece = min(capacity, longest)
    schedule = SliceSchedule(
      plan, rank: communicator.rank, elementBytes: MemoryLayout<Element>.stride, capacity: piece,
      shortBytes: shortBytes)
    let (nodeCount, shortCount) = (schedule.nodeCount, schedule.shortCount)
    // A single node is packed for the short way only.
    let packedCount = nodeCount == 1 ? shortCount : nodeCount * piece
    var longestSlice = 0
    for rank in 0..<size { longestSlice = max(longestSlice, schedule.slice(of: rank, piece).count) }
    outgoing = AlignedBuffer(count: packedCount)
    incoming = AlignedBuffer(count: allNodes.count * max(shortCount, longestSlice))
    sendCounts = AlignedBuffer(count: size)
    sendOffsets = AlignedBuffer(count: size)
    receiveCounts = AlignedBuffer(count: size)
    receiveOffsets = AlignedBuffer(count: size)
    result = outgoing.view
  }

  func owned(of count: Int) -> Range<Int> { schedule.owned(of: count) }

  // MARK: Blocking

  func sum(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    if schedule.isShort(result.count) { return try sumShort(parts, stride: stride, into: result) }
    let packed = packSlices(parts, stride: stride, count: result.count)
    let scattered = prepareScatter(count: result.count)
    try check(
      CommunicationMeter.shared.blocking(
        "MPI_Alltoallv", communicator, bytes: scattered, messages: otherCount,
        schedule.scatter(result.count)
      ) {
        MPI_Alltoallv(
          packed.baseAddress, sendCounts.view.baseAddress, sendOffsets.view.baseAddress,
          Element.mpiDatatype, incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle)
      }, "MPI_Alltoallv", rank: communicator.rank)
    sumOwnSlice(into: result)
    let gathered = prepareGather(count: result.count)
    try check(
      CommunicationMeter.shared.blocking(
        "MPI_Allgatherv", communicator, bytes: gathered, messages: otherCount,
        schedule.gather(result.count)
      ) {
        MPI_Allgatherv(
          hyperdist_mpi_in_place(), 0, Element.mpiDatatype, result.baseAddress,
          slices.counts.view.baseAddress, slices.offsets.view.baseAddress, Element.mpiDatatype,
          communicator.handle)
      }, "MPI_Allgatherv", rank: communicator.rank)
  }

  /// Every rank receives the nodes of all ranks.
  private func sumShort(
    _ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    let count = result.count
    let bytes = prepareShort(parts, stride: stride, count: count)
    try check(
      CommunicationMeter.shared.blocking(
        "MPI_Allgatherv", communicator, bytes: bytes, messages: otherCount, schedule.whole(count)
      ) {
        MPI_Allgatherv(
          outgoing.view.baseAddress, Int32(schedule.nodeCount * count), Element.mpiDatatype,
          incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle)
      }, "MPI_Allgatherv", rank: communicator.rank)
    toRoot.run(incoming.view, stride: count, into: result)
  }

  // MARK: Nonblocking

  func start(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    let count = result.count
    guard schedule.isShort(count) else {
      gathersAfterwards = true
      return try scatter(parts, stride: stride, into: result)
    }
    begin(result)
    let bytes = prepareShort(parts, stride: stride, count: count)
    try pending.begin(
      "MPI_Iallgatherv", communicator, bytes: bytes, messages: otherCount, schedule.whole(count)
    ) {
      MPI_Iallgatherv(
        outgoing.view.baseAddress, Int32(schedule.nodeCount * count), Element.mpiDatatype,
        incoming.view.baseAddress, receiveCounts.view.baseAddress,
        receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle, $0)
    }
    stage = .short
  }

  func startScatter(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  {
    gathersAfterwards = false
    try scatter(parts, stride: stride, into: result)
  }

  func startGather(_ values: VectorView<Element>) throws(CollectiveError) {
    begin(values)
    try gather()
  }

  func progress() throws(CollectiveError) -> Bool {
    if stage == .done { return false }
    try pending.progress(rank: communicator.rank)
    if pending.isUnderWay { return true }
    switch stage {
    case .done, .gathering:
      stage = .done
    case .short:
      toRoot.run(incoming.view, stride: result.count, into: result)
      stage = .done
    case .scattering:
      sumOwnSlice(into: result)
      stage = .done
      if gathersAfterwards { try gather() }
    }
    return stage != .done
  }

  private func begin(_ result: VectorView<Element>) {
    precondition(stage == .done, "SliceExchange: the sum before is not done")
    self.result = result
  }

  /// Each rank receives one slice of the nodes of all ranks.
  private func scatter(
    _ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    begin(result)
    let packed = packSlices(parts, stride: stride, count: result.count)
    let bytes = prepareScatter(count: result.count)
    try pending.begin(
      "MPI_Ialltoallv", communicator, bytes: bytes, messages: otherCount,
      schedule.scatter(result.count)
    ) {
      MPI_Ialltoallv(
        packed.baseAddress, sendCounts.view.baseAddress, sendOffsets.view.baseAddress,
        Element.mpiDatatype, incoming.view.baseAddress, receiveCounts.view.baseAddress,
        receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle, $0)
    }
    stage = .scattering
  }

  private func gather() throws(CollectiveError) {
    let bytes = prepareGather(count: result.count)
    try pending.begin(
      "MPI_Iallgatherv", communicator, bytes: bytes, messages: otherCount,
      schedule.gather(result.count)
    ) {
      MPI_Iallgatherv(
        hyperdist_mpi_in_place(), 0, Element.mpiDatatype, result.baseAddress,
        slices.counts.view.baseAddress, slices.offsets.view.baseAddress, Element.mpiDatatype,
        communicator.handle, $0)
    }
    stage = .gathering
  }

  // MARK: Arguments; each returns the bytes this rank sends to others

  private var otherCount: Int { communicator.size - 1 }

  /// Copies the nodes to where they are sent from, slice by slice; returns that place.
  private func packSlices(_ parts: VectorView<Element>, stride: Int, count: Int)
    -> VectorView<Element>
  {
    // A single node needs no packing: the slices lie in it as they are sent.
    let nodeCount = schedule.nodeCount
    if nodeCount == 1 { return parts.slice(0, count) }
    var position = 0
    for rank in 0..<communicator.size {
      let slice = schedule.slice(of: rank, count)
      for node in 0..<nodeCount {
        outgoing.view.slice(position, slice.count)
          .copy(from: parts.slice(node * stride + slice.lowerBound, slice.count))
        position += slice.count
      }
    }
    return outgoing.view
  }

  private func prepareShort(_ parts: VectorView<Element>, stride: Int, count: Int) -> Int {
    let nodeCount = schedule.nodeCount
    for node in 0..<nodeCount {
      outgoing.view.slice(node * count, count).copy(from: parts.slice(node * stride, count))
    }
    var position = 0
    for rank in 0..<communicator.size {
      let received = schedule.nodeCounts[rank] * count
      receiveCounts[rank] = Int32(received)
      receiveOffsets[rank] = Int32(position)
      position += received
    }
    return nodeCount * count * otherCount * MemoryLayout<Element>.stride
  }

  private func prepareScatter(count: Int) -> Int {
    var (sentTotal, receivedTotal) = (0, 0)
    for rank in 0..<communicator.size {
      let (sent, received) = schedule.scattered(with: rank, count)
      sendCounts[rank] = Int32(sent)
      sendOffsets[rank] = Int32(sentTotal)
      sentTotal += sent
      receiveCounts[rank] = Int32(received)
      receiveOffsets[rank] = Int32(receivedTotal)
      receivedTotal += received
    }
    return (sentTotal - schedule.scattered(with: communicator.rank, count).sent)
      * MemoryLayout<Element>.stride
  }

  /// Finishes the tree on the slice that all ranks' nodes were received of.
  private func sumOwnSlice(into result: VectorView<Element>) {
    let own = owned(of: result.count)
    toRoot.run(incoming.view, stride: own.count, into: result.slice(own))
  }

  private func prepareGather(count: Int) -> Int {
    slices.prepare(count)
    return owned(of: count).count * otherCount * MemoryLayout<Element>.stride
  }
}
