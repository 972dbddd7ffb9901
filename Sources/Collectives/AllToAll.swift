// A block of numbers from every rank to every rank.

import CMPI
import Numerics

/// A plan of an all-to-all exchange, made once and run often; a run allocates nothing of ours.
///
/// Used from the main thread only.
public final class AllToAll<Element: CollectiveElement> {
  private let communicator: Communicator
  private var sends: BlockCounts<Element>
  private var receives: BlockCounts<Element>
  private var pending = PendingOperation()

  /// This rank sends `sendCounts[r]` elements to rank r and receives `receiveCounts[r]` from it. Local.
  public convenience init(_ communicator: Communicator, sendCounts: [Int], receiveCounts: [Int]) {
    self.init(
      communicator, sendCounts: sendCounts, receiveCounts: receiveCounts,
      mostUnits: MessageCounts.most)
  }

  /// With what MPI can count to, which is smaller in tests.
  package init(
    _ communicator: Communicator, sendCounts: [Int], receiveCounts: [Int], mostUnits: Int
  ) {
    precondition(
      sendCounts.count == communicator.size && receiveCounts.count == communicator.size,
      "AllToAll: \(sendCounts.count) and \(receiveCounts.count) counts for \(communicator.size) ranks"
    )
    let own = communicator.rank
    precondition(
      sendCounts[own] == receiveCounts[own],
      "AllToAll: rank \(own) sends \(sendCounts[own]) elements to itself and receives "
        + "\(receiveCounts[own])")
    self.communicator = communicator
    let most = communicator.size == 1 ? .max : mostUnits
    sends = BlockCounts(sendCounts, mostUnits: most)
    receives = BlockCounts(receiveCounts, mostUnits: most)
  }

  /// From now on this rank sends `sending(r)` elements to rank r and receives `receiving(r)` from it. Allocates nothing.
  public func setCounts(sending: (_ rank: Int) -> Int, receiving: (_ rank: Int) -> Int) {
    sends.set(sending)
    receives.set(receiving)
  }

  /// Elements this rank sends, its own block included.
  public var sendCount: Int { sends.total }
  /// Elements this rank receives, its own block included.
  public var receiveCount: Int { receives.total }
  /// Where the block for `rank` lies within the elements sent.
  public func sendBlock(for rank: Int) -> Range<Int> { sends.block(of: rank) }
  /// Where the block from `rank` lies within the elements received.
  public func receiveBlock(from rank: Int) -> Range<Int> { receives.block(of: rank) }

  /// Reads the blocks for ranks 0, 1, ... one behind the other from `outgoing`, and overwrites
  /// `incoming` with the blocks from ranks 0, 1, ... The views must not overlap. Collective.
  public func run(_ outgoing: VectorView<Element>, into incoming: VectorView<Element>)
    throws(CollectiveError)
  {
    checkViews(outgoing, incoming)
    if communicator.size == 1 { return incoming.copy(from: outgoing) }
    try sends.check()
    try receives.check()
    try check(
      CommunicationMeter.shared.blocking(
        "MPI_Alltoallv", communicator, bytes: bytesSent, messages: communicator.size - 1, described
      ) {
        MPI_Alltoallv(
          outgoing.baseAddress, sends.counts.view.baseAddress,
          sends.displacements.view.baseAddress, sends.datatype, incoming.baseAddress,
          receives.counts.view.baseAddress, receives.displacements.view.baseAddress,
          receives.datatype, communicator.handle)
      }, "MPI_Alltoallv", rank: communicator.rank)
  }

  /// As ``run(_:into:)``, but only sets off. Neither view may be touched before ``wait()``.
  public func start(_ outgoing: VectorView<Element>, into incoming: VectorView<Element>)
    throws(CollectiveError)
  {
    checkViews(outgoing, incoming)
    if communicator.size == 1 { return incoming.copy(from: outgoing) }
    try sends.check()
    try receives.check()
    try pending.begin(
      "MPI_Ialltoallv", communicator, bytes: bytesSent, messages: communicator.size - 1, described
    ) { request in
      MPI_Ialltoallv(
        outgoing.baseAddress, sends.counts.view.baseAddress, sends.displacements.view.baseAddress,
        sends.datatype, incoming.baseAddress, receives.counts.view.baseAddress,
        receives.displacements.view.baseAddress, receives.datatype, communicator.handle, request)
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
    func bytes(_ block: Range<Int>) -> Int { block.count * MemoryLayout<Element>.stride }
    let ranks = 0..<communicator.size
    return .allToAll(
      sends: ranks.map { bytes(sends.block(of: $0)) },
      receives: ranks.map { bytes(receives.block(of: $0)) })
  }

  private var bytesSent: Int {
    (sends.total - sends.block(of: communicator.rank).count) * MemoryLayout<Element>.stride
  }

  private func checkViews(_ outgoing: VectorView<Element>, _ incoming: VectorView<Element>) {
    precondition(
      outgoing.count == sends.total && incoming.count == receives.total,
      "AllToAll: views of \(outgoing.count) and \(incoming.count) elements in a plan for "
        + "\(sends.total) and \(receives.total)")
  }
}
