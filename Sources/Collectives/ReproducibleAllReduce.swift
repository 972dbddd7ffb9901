// Sums over the shards of all ranks whose bits do not depend on the number of ranks.

import CMPI
import Numerics

/// The all-reduce of vectors along the ``ReductionTree`` of the virtual shards.
///
/// A rank adds up the tree's nodes that lie wholly inside its run of shards. Of a long vector each rank
/// then finishes the tree on 1/P of the elements (all-to-all there, all-gather back, the bandwidth of an
/// ordinary reduce-scatter and all-gather); of a short one every rank receives all nodes and finishes
/// the tree itself (one message time). The additions and their order are the same either way, and the
/// same at every rank count, so the results are too, bit by bit.
///
/// Used from the main thread only; a sum allocates nothing of ours.
public final class ReproducibleAllReduce<Element: CollectiveElement & TreeSummable> {
  /// The tree's nodes that this rank's shards make up, from left to right.
  public let nodes: [Range<Int>]

  private let communicator: Communicator
  private let capacity: Int
  /// This rank's shards.
  private let shards: Range<Int>
  /// From this rank's shards to each of its nodes.
  private let toNodes: [TreeSummation]
  /// From the nodes of all ranks to the root.
  private let toRoot: TreeSummation
  /// Nodes of each rank.
  private let nodeCounts: [Int]
  /// Vectors up to this many elements go the short way.
  private let shortCount: Int
  /// Longer vectors are summed piece by piece: MPI counts the elements of all nodes in 32 bits.
  private let longest: Int

  /// Where a sum that was started stands.
  private enum Stage { case done, short, scattering, gathering }
  private var stage = Stage.done
  private var pending = PendingOperation()
  /// Where the sum that was started goes.
  private var result: VectorView<Element>

  private let outgoing: AlignedBuffer<Element>
  private let incoming: AlignedBuffer<Element>
  // Arguments of the v-collectives, filled in for each vector length.
  private let sendCounts: AlignedBuffer<Int32>
  private let sendOffsets: AlignedBuffer<Int32>
  private let receiveCounts: AlignedBuffer<Int32>
  private let receiveOffsets: AlignedBuffer<Int32>

  /// Bytes of all ranks' nodes together up to which a vector goes the short way. The result does not
  /// depend on it. Measured within one machine, where the two ways cost the same at 4 to 16 KB.
  public static var shortMessageBytes: Int { 1 << 13 }

  /// Makes room for vectors of up to `capacity` elements, cut into the shards of `plan`. Local; the
  /// arguments are the same on every rank. `mostElements` is what MPI can count to.
  public init(
    communicator: Communicator, plan: ShardPlan, capacity: Int, shortMessageBytes: Int? = nil,
    mostElements: Int? = nil
  ) {
    precondition(
      plan.rankCount == communicator.size,
      "ReproducibleAllReduce: a plan for \(plan.rankCount) ranks on \(communicator.size)")
    let size = communicator.size
    self.communicator = communicator
    self.capacity = capacity
    shards = plan.shards(of: communicator.rank)
    let nodesOfRanks = (0..<size).map { plan.tree.cover(of: plan.shards(of: $0)) }
    nodes = nodesOfRanks[communicator.rank]
    nodeCounts = nodesOfRanks.map(\.count)
    toNodes = nodes.map { TreeSummation(ofLeaves: $0) }
    let allNodes = nodesOfRanks.flatMap { $0 }
    toRoot = TreeSummation(of: allNodes, within: plan.tree.root)

    let longest = max(16, (mostElements ?? MessageCounts.most) / allNodes.count / 16 * 16)
    self.longest = longest
    shortCount = min(
      min(capacity, longest),
      (shortMessageBytes ?? Self.shortMessageBytes)
        / (allNodes.count * MemoryLayout<Element>.stride))
    let piece = min(capacity, longest)
    let longestSlice = (0..<size).map { Self.slice(of: $0, in: size, count: piece).count }.max()!
    // A single node is packed for the short way only.
    let packedCount = nodes.count == 1 ? shortCount : nodes.count * piece
    outgoing = AlignedBuffer(count: size == 1 ? 0 : packedCount)
    incoming = AlignedBuffer(
      count: size == 1 ? 0 : allNodes.count * max(shortCount, longestSlice))
    sendCounts = AlignedBuffer(count: size)
    sendOffsets = AlignedBuffer(count: size)
    receiveCounts = AlignedBuffer(count: size)
    receiveOffsets = AlignedBuffer(count: size)
    result = outgoing.view
  }

  /// Sums this rank's parts, one for each of its ``nodes``, with those of all ranks.
  ///
  /// Part k is `count` elements from k * `stride` on of `parts` (used as scratch), the sum at
  /// `nodes[k]`. `result` (`count` elements) is overwritten, with the same bits on every rank; it may be
  /// part 0 but must not overlap the parts otherwise. Collective. Cost for P ranks: a rank moves about
  /// 2 * count * (P - 1) / P elements and adds as many.
  public func sum(
    nodes parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    precondition(
      (nodes.count - 1) * stride + count <= parts.count,
      "ReproducibleAllReduce: \(nodes.count) nodes of \(count) elements, \(stride) apart, in "
        + "\(parts.count)")
    try reduce(parts, count: count, into: result) { node in node * stride }
  }

  /// Sums this rank's shards with those of all ranks.
  ///
  /// Part k is `count` elements from k * `stride` on of `parts` (used as scratch), this rank's k-th
  /// shard; otherwise as ``sum(nodes:stride:count:into:)``. Collective. Adds the cost of reading all
  /// parts once.
  public func sum(
    shards parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    precondition(
      (shards.count - 1) * stride + count <= parts.count,
      "ReproducibleAllReduce: \(shards.count) shards of \(count) elements, \(stride) apart, in "
        + "\(parts.count)")
    let first = shards.lowerBound
    for (node, toNode) in zip(nodes, toNodes) {
      let start = (node.lowerBound - first) * stride
      let leaves = parts.slice(start, (node.count - 1) * stride + count)
      // One rank has one node, the root.
      toNode.run(
        leaves, stride: stride, into: communicator.size == 1 ? result : leaves.slice(0, count))
    }
    if communicator.size == 1 { return }
    try reduce(parts, count: count, into: result) { node in
      (nodes[node].lowerBound - first) * stride
    }
  }

  /// Node k's sum is at `offset(k)`.
  @inline(__always)
  private func reduce(
    _ parts: VectorView<Element>, count: Int, into result: VectorView<Element>,
    offset: (Int) -> Int
  ) throws(CollectiveError) {
    precondition(
      count <= capacity && result.count == count,
      "ReproducibleAllReduce: \(count) elements into \(result.count), capacity \(capacity)")
    if count == 0 { return }
    if communicator.size == 1 {
      if result.baseAddress != parts.baseAddress { result.copy(from: parts.slice(0, count)) }
      return
    }
    try MessageCounts.forEachPiece(of: count, longest: longest) {
      start, length throws(CollectiveError) in
      let packed = pack(parts, count: length) { node in offset(node) + start }
      let target = result.slice(start, length)
      try length <= shortCount
        ? sumShort(count: length, into: target) : sumLong(packed, count: length, into: target)
    }
  }

  /// Copies the nodes' parts to where they are sent from; returns that place.
  @inline(__always)
  private func pack(_ parts: VectorView<Element>, count: Int, offset: (Int) -> Int)
    -> VectorView<Element>
  {
    if count <= shortCount {
      for node in 0..<nodes.count {
        outgoing.view.slice(node * count, count).copy(from: parts.slice(offset(node), count))
      }
      return outgoing.view
    }
    // A single node needs no packing: the slices lie in it as they are sent.
    if nodes.count == 1 { return parts.slice(offset(0), count) }
    var position = 0
    for rank in 0..<communicator.size {
      let slice = Self.slice(of: rank, in: communicator.size, count: count)
      for node in 0..<nodes.count {
        outgoing.view.slice(position, slice.count)
          .copy(from: parts.slice(offset(node) + slice.lowerBound, slice.count))
        position += slice.count
      }
    }
    return outgoing.view
  }

  /// Every rank receives the nodes of all ranks.
  private func sumShort(count: Int, into result: VectorView<Element>) throws(CollectiveError) {
    let bytes = prepareShort(count: count)
    try check(
      CommunicationMeter.shared.blocking(communicator, bytes: bytes) {
        MPI_Allgatherv(
          outgoing.view.baseAddress, Int32(nodes.count * count), Element.mpiDatatype,
          incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle)
      }, "MPI_Allgatherv", rank: communicator.rank)
    toRoot.run(incoming.view, stride: count, into: result)
  }

  /// Each rank receives one slice of the nodes of all ranks.
  private func sumLong(
    _ packed: VectorView<Element>, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    let scattered = prepareScatter(count: count)
    try check(
      CommunicationMeter.shared.blocking(communicator, bytes: scattered) {
        MPI_Alltoallv(
          packed.baseAddress, sendCounts.view.baseAddress, sendOffsets.view.baseAddress,
          Element.mpiDatatype, incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle)
      }, "MPI_Alltoallv", rank: communicator.rank)
    sumOwnSlice(into: result)
    let gathered = prepareGather(count: count)
    try check(
      CommunicationMeter.shared.blocking(communicator, bytes: gathered) {
        MPI_Allgatherv(
          hyperdist_mpi_in_place(), 0, Element.mpiDatatype, result.baseAddress,
          receiveCounts.view.baseAddress, receiveOffsets.view.baseAddress, Element.mpiDatatype,
          communicator.handle)
      }, "MPI_Allgatherv", rank: communicator.rank)
  }

  // MARK: Nonblocking

  /// As ``sum(nodes:stride:count:into:)``, but only sets off. Neither view may be touched until
  /// ``progress()`` returns false. Collective.
  ///
  /// The second half sets off when this rank's first half is done, so sums that are under way at the
  /// same time, or beside other operations, need a ``Communicator/duplicate()`` each. A vector longer than
  /// MPI can count is summed here and now.
  public func start(
    nodes parts: VectorView<Element>, stride: Int, count: Int, into result: VectorView<Element>
  ) throws(CollectiveError) {
    precondition(
      (nodes.count - 1) * stride + count <= parts.count && count <= capacity
        && result.count == count,
      "ReproducibleAllReduce: \(nodes.count) nodes of \(count) elements, \(stride) apart, in "
        + "\(parts.count), into \(result.count), capacity \(capacity)")
    precondition(stage == .done, "ReproducibleAllReduce: the sum before is not done")
    if communicator.size == 1 || count == 0 || count > longest {
      return try sum(nodes: parts, stride: stride, count: count, into: result)
    }
    self.result = result
    let packed = pack(parts, count: count) { node in node * stride }
    if count <= shortCount {
      let bytes = prepareShort(count: count)
      try pending.begin("MPI_Iallgatherv", communicator, bytes: bytes) { request in
        MPI_Iallgatherv(
          outgoing.view.baseAddress, Int32(nodes.count * count), Element.mpiDatatype,
          incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle, request)
      }
      stage = .short
    } else {
      let bytes = prepareScatter(count: count)
      try pending.begin("MPI_Ialltoallv", communicator, bytes: bytes) { request in
        MPI_Ialltoallv(
          packed.baseAddress, sendCounts.view.baseAddress, sendOffsets.view.baseAddress,
          Element.mpiDatatype, incoming.view.baseAddress, receiveCounts.view.baseAddress,
          receiveOffsets.view.baseAddress, Element.mpiDatatype, communicator.handle, request)
      }
      stage = .scattering
    }
  }

  /// Lets a started sum move on; false when none is under way any more. Local.
  public func progress() throws(CollectiveError) -> Bool {
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
      let bytes = prepareGather(count: result.count)
      try pending.begin("MPI_Iallgatherv", communicator, bytes: bytes) { request in
        MPI_Iallgatherv(
          hyperdist_mpi_in_place(), 0, Element.mpiDatatype, result.baseAddress,
          receiveCounts.view.baseAddress, receiveOffsets.view.baseAddress, Element.mpiDatatype,
          communicator.handle, request)
      }
      stage = .gathering
    }
    return stage != .done
  }

  // MARK: Arguments; each returns the bytes this rank sends to others

  private func prepareShort(count: Int) -> Int {
    var position = 0
    for (rank, nodeCount) in nodeCounts.enumerated() {
      receiveCounts[rank] = Int32(nodeCount * count)
      receiveOffsets[rank] = Int32(position)
      position += nodeCount * count
    }
    return nodes.count * count * (communicator.size - 1) * MemoryLayout<Element>.stride
  }

  private func prepareScatter(count: Int) -> Int {
    let size = communicator.size
    let own = Self.slice(of: communicator.rank, in: size, count: count)
    var sent = 0
    var received = 0
    for rank in 0..<size {
      let slice = Self.slice(of: rank, in: size, count: count)
      sendCounts[rank] = Int32(nodes.count * slice.count)
      sendOffsets[rank] = Int32(sent)
      sent += nodes.count * slice.count
      receiveCounts[rank] = Int32(nodeCounts[rank] * own.count)
      receiveOffsets[rank] = Int32(received)
      received += nodeCounts[rank] * own.count
    }
    return nodes.count * (count - own.count) * MemoryLayout<Element>.stride
  }

  /// Finishes the tree on the slice that all ranks' nodes were received of.
  private func sumOwnSlice(into result: VectorView<Element>) {
    let own = Self.slice(of: communicator.rank, in: communicator.size, count: result.count)
    toRoot.run(incoming.view, stride: own.count, into: result.slice(own))
  }

  private func prepareGather(count: Int) -> Int {
    let size = communicator.size
    for rank in 0..<size {
      let slice = Self.slice(of: rank, in: size, count: count)
      receiveCounts[rank] = Int32(slice.count)
      receiveOffsets[rank] = Int32(slice.lowerBound)
    }
    let own = Self.slice(of: communicator.rank, in: size, count: count)
    return own.count * (size - 1) * MemoryLayout<Element>.stride
  }

  /// The elements on which a rank finishes the tree; boundaries at multiples of 16.
  private static func slice(of rank: Int, in size: Int, count: Int) -> Range<Int> {
    let blocks = (count + 15) / 16
    return min(count, rank * blocks / size * 16)..<min(count, (rank + 1) * blocks / size * 16)
  }
}
