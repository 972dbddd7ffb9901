// The ranks of this run: how the process joins them and leaves them.

import CMPI
import Glibc

/// All ranks that were started together; one rank when the program was started without mpirun.
///
/// Only the main thread may call what is collective (`MPI_THREAD_FUNNELED`). Leaving is explicit:
/// a deinit on one unwinding rank would hang the others.
public struct Communicator: Sendable {
  /// This process, 0 ..< `size`.
  public let rank: Int
  /// Processes of the run.
  public let size: Int
  /// Processes of the run that share this machine's memory.
  public let ranksOnThisNode: Int
  /// This process among those, 0 ..< `ranksOnThisNode`.
  public let rankOnThisNode: Int
  public let hostName: String

  /// The number of the message space: 0 of all ranks that were started together, then in the order in which spaces are made.
  public let space: Int

  /// The number among all ranks of rank 0 here, whose neighbours the others are: a part of all ranks is a run of them.
  let firstRank: Int

  /// The `MPI_Comm`, for libraries that take one (parallel HDF5).
  public var handle: OpaquePointer {
    switch context {
    case .alone: hyperdist_mpi_comm_self()
    case .world: hyperdist_mpi_comm_world()
    case .duplicate(let address): OpaquePointer(bitPattern: address)!
    }
  }

  private enum Context {
    case alone, world
    case duplicate(address: UInt)
  }

  private let context: Context

  /// This process by itself, for work that each rank repeats on its own; needs no MPI to be started.
  public static let alone = Communicator(alone: ())

  private init(alone: Void) {
    (rank, size, ranksOnThisNode, rankOnThisNode) = (0, 1, 1, 0)
    hostName = "localhost"
    (space, firstRank) = (0, 0)
    context = .alone
  }

  /// Joins the run (`MPI_Init_thread`); MPI's errors are returned from then on, not fatal. A second
  /// call gives the same communicator. Collective.
  public static func start() throws(CollectiveError) -> Communicator {
    switch joined {
    case .success(let communicator): return communicator
    case .failure(let error): throw error
    }
  }

  /// Whether MPI has been started and not yet left.
  public static var isStarted: Bool {
    var finished: Int32 = 0
    MPI_Finalized(&finished)
    return wasStarted && finished == 0
  }

  /// Whether MPI has been started, and perhaps left since.
  public static var wasStarted: Bool {
    var started: Int32 = 0
    MPI_Initialized(&started)
    return started != 0
  }

  /// Name and version of the MPI library.
  public static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING))
    var length: Int32 = 0
    MPI_Get_library_version(&text, &length)
    let bytes = text.prefix { $0 != 0 && $0 != 44 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let joined: Result<Communicator, CollectiveError> = {
    Result { () throws(CollectiveError) in try Communicator() }
  }()

  private init() throws(CollectiveError) {
    // Open MPI's other components of shared file pointers, which no file here uses, write a file's path into 256 bytes.
    setenv("OMPI_MCA_sharedfp", "individual", 0)
    var provided: Int32 = 0
    try check(
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), "MPI_Init_thread", rank: nil
    )
    guard provided >= MPI_THREAD_FUNNELED else {
      throw CollectiveError(
        function: "MPI_Init_thread",
        message: "this MPI library offers thread level \(provided), but a process with several "
          + "threads needs MPI_THREAD_FUNNELED (\(MPI_THREAD_FUNNELED))", rank: nil)
    }
    let world: OpaquePointer = hyperdist_mpi_comm_world()
    try check(
      MPI_Comm_set_errhandler(world, hyperdist_mpi_errors_return()), "MPI_Comm_set_errhandler",
      rank: nil)
    var value: Int32 = 0
    try check(MPI_Comm_rank(world, &value), "MPI_Comm_rank", rank: nil)
    let rank = Int(value)
    try check(MPI_Comm_size(world, &value), "MPI_Comm_size", rank: rank)
    let size = Int(value)

    var node: OpaquePointer? = hyperdist_mpi_comm_null()
    try check(
      MPI_Comm_split_type(
        world, Int32(MPI_COMM_TYPE_SHARED), value, hyperdist_mpi_info_null(), &node),
      "MPI_Comm_split_type", rank: rank)
    try check(MPI_Comm_size(node, &value), "MPI_Comm_size", rank: rank)
    ranksOnThisNode = Int(value)
    try check(MPI_Comm_rank(node, &value), "MPI_Comm_rank", rank: rank)
    rankOnThisNode = Int(value)
    try check(MPI_Comm_free(&node), "MPI_Comm_free", rank: rank)

    var name = [CChar](repeating: 0, count: 256)
    hostName =
      gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : "unknown"
    self.rank = rank
    self.size = size
    (space, firstRank) = (0, 0)
    context = .world
  }

  private init(_ other: Communicator, context: Context) {
    self.init(other, rank: other.rank, size: other.size, context: context)
  }

  private init(_ other: Communicator, rank: Int, size: Int, context: Context) {
    (self.rank, self.size) = (rank, size)
    (ranksOnThisNode, rankOnThisNode) = (other.ranksOnThisNode, other.rankOnThisNode)
    hostName = other.hostName
    firstRank = other.firstRank + other.rank - rank
    space = CommunicationMeter.shared.nextSpace()
    self.context = context
  }

  /// The same ranks with a message space of their own: operations there and here may be set off in
  /// different orders on different ranks. It lasts until the end of the run. Collective.
  public func duplicate() throws(CollectiveError) -> Communicator {
    if size == 1 { return self }
    var copy: OpaquePointer? = hyperdist_mpi_comm_null()
    try check(MPI_Comm_dup(handle, &copy), "MPI_Comm_dup", rank: rank)
    try check(
      MPI_Comm_set_errhandler(copy, hyperdist_mpi_errors_return()), "MPI_Comm_set_errhandler",
      rank: rank)
    return Communicator(self, context: .duplicate(address: UInt(bitPattern: copy)))
  }

  /// The ranks of the same `color`, which is at least 0, neighbours all of them, in the order they have here, with a message space of their own. It
  /// lasts until the end of the run. Collective.
  public func split(color: Int) throws(CollectiveError) -> Communicator {
    if size == 1 { return self }
    var part: OpaquePointer? = hyperdist_mpi_comm_null()
    try check(
      MPI_Comm_split(handle, Int32(color), Int32(rank), &part), "MPI_Comm_split", rank: rank)
    try check(
      MPI_Comm_set_errhandler(part, hyperdist_mpi_errors_return()), "MPI_Comm_set_errhandler",
      rank: rank)
    var value: Int32 = 0
    try check(MPI_Comm_rank(part, &value), "MPI_Comm_rank", rank: rank)
    let own = Int(value)
    try check(MPI_Comm_size(part, &value), "MPI_Comm_size", rank: rank)
    return Communicator(
      self, rank: own, size: Int(value), context: .duplicate(address: UInt(bitPattern: part)))
  }

  /// Leaves the run (`MPI_Finalize`). Nothing of MPI may be used afterwards. Collective.
  public func finish() throws(CollectiveError) {
    try check(MPI_Finalize(), "MPI_Finalize", rank: rank)
  }

  /// Ends every rank of the run at once with this exit code; for errors that only one rank met.
  public func abort(_ status: Int32) -> Never {
    fflush(nil)
    MPI_Abort(handle, status)
    // Reached only if MPI itself is broken.
    exit(status)
  }
}
