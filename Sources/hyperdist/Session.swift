// What every command that computes shares: its ranks and threads, and the common end.

import Collectives
import Glibc
import Host
import Kernels
import Reporting

/// The ranks and threads of one command.
struct Session {
  let communicator: Communicator
  let pool: WorkerPool
  /// Threads and cores of all ranks.
  let placement: Placement

  var isRoot: Bool { communicator.rank == 0 }

  /// Starts MPI and the threads: `threads` of them, or as many as this rank has cores. Warns once where
  /// a machine has fewer cores than threads. Collective.
  static func start(threads: Int? = nil) throws -> Session {
    let communicator = try Communicator.start()
    let placement = try Placement.agree(threads: threads, communicator: communicator)
    if communicator.rank == 0, let warning = placement.warning { StandardError.note(warning) }
    let own = placement.ranks[communicator.rank]
    try requireAddresses(forThreads: own.threads)
    return Session(
      communicator: communicator,
      pool: WorkerPool(threadCount: own.threads, cores: own.cores, haveCores: own.haveCores) {
        LibraryThreads.useOne()
      }, placement: placement)
  }

  /// Threads take stacks, and libraries make code and buffers, of whose lack they do not tell.
  private static func requireAddresses(forThreads threads: Int) throws {
    var need = MemoryNeed()
    need.add("--threads \(threads)", bytes: threads, 8 << 20)
    need.add("libraries", bytes: 128 << 20)
    try need.check(
      processes: 1, room: MemoryRoom(addressSpace: MemoryRoom.current.addressSpace, memory: .max))
  }

  /// Does what every rank does by itself, such as reading a file. An error of any rank becomes an error of all, so
  /// that they end together with one line. Collective.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard let result = try share(body, namesRank: true) else {
      preconditionFailure("Session: neither a result nor an error")
    }
    return result
  }

  /// Does what rank 0 does for all, such as looking for a place to write to. Its error becomes an error of all. Collective.
  func onRoot(_ body: () throws -> Void) throws {
    _ = try share({ if isRoot { try body() } }, namesRank: false)
  }

  /// The result of `body` on this rank; the first rank's error where there is any.
  private func share<Result>(_ body: () throws -> Result, namesRank: Bool) throws -> Result? {
    var own: (any UserFacingError)?
    var result: Result?
    do {
      result = try body()
    } catch let error as any UserFacingError {
      own = error
    }
    let failed = try communicator.max(own == nil ? 0 : communicator.size - communicator.rank)
    if failed == 0 { return result }
    let first = communicator.size - failed
    let isShared = try communicator.max(own == nil ? 1 : 0) == 0
    let status = try communicator.max(
      communicator.rank == first ? Int(own?.exitStatus.rawValue ?? 0) : 0)
    let text = try communicator.broadcast(own?.description ?? "", from: first)
    throw SharedError(
      description: isShared || !namesRank ? text : "rank \(first): \(text)",
      exitStatus: ExitStatus(rawValue: Int32(status)) ?? .failed)
  }

  /// An error that all ranks know of.
  private struct SharedError: UserFacingError {
    let description: String
    let exitStatus: ExitStatus
    var isMetByAllRanks: Bool { true }
  }

  /// Finds before the work which outputs cannot be written, are each other or are one of `inputs`. Collective.
  func check(_ outputs: [OutputFile], inputs: [String?]) throws {
    try onRoot {
      try OutputFile.requireDifferent(outputs)
      for output in outputs { try output.check(inputs: inputs.compactMap { $0 }) }
    }
  }

  /// Leaves MPI after a command's end. What rank 0 could not print is an error of all. Collective.
  func finish() throws {
    try onRoot { try StandardOutput.check() }
    try communicator.finish()
  }

  /// Prints an error's line and ends the program, on all ranks if MPI has started.
  ///
  /// What all ranks met alike, rank 0 prints and all leave. Anything else may have happened to one rank
  /// alone, which then ends the others; rank 0 goes first, so that an error all ranks met is printed
  /// once. After such an error no library cleans up: HDF5 would try to complete a file it could not
  /// write.
  static func fail(_ error: any UserFacingError) -> Never {
    let status = error.exitStatus.rawValue
    guard Communicator.isStarted, let communicator = try? Communicator.start() else {
      if LaunchedRank.rank == 0 { StandardError.note("hyperdist: \(error)") }
      LaunchedRank.leave(status)
    }
    if error.isMetByAllRanks {
      if communicator.rank == 0 { StandardError.note("hyperdist: \(error)") }
      try? communicator.barrier()
      leave(status)
    }
    if communicator.rank > 0 { sleep(3) }
    StandardError.note(
      communicator.size == 1
        ? "hyperdist: \(error)" : "hyperdist: rank \(communicator.rank): \(error)")
    if communicator.size == 1 { leave(status) }
    communicator.abort(status)
  }

  private static func leave(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}
