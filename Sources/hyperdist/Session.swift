// What every command that computes shares: its ranks and threads, and the common end.

import Collectives
import Configurations
import Glibc
import Host
import Kernels
import Reporting
import Supervision

/// The ranks and threads of one command.
struct Session {
  let agreement: Agreement
  let pool: WorkerPool
  /// Threads and cores of all ranks.
  let placement: Placement
  /// Sees that all ranks are there, in whatever the command does.
  let watchdog: Watchdog?

  /// Watches until a session's watchdog does.
  nonisolated(unsafe) static var startGuard: StartGuard?

  var communicator: Communicator { agreement.communicator }
  var isRoot: Bool { agreement.isRoot }

  /// Starts MPI and the threads: `threads` of them, or as many as this rank has cores. Warns once where
  /// a machine has fewer cores than threads. Collective.
  static func start(threads: Int? = nil) throws -> Session {
    try start(threads: threads, resolvingIfGiven: { nil }).session
  }

  /// The same, with the configuration that `resolve` finds on rank 0, on every rank. Collective.
  static func start(threads: Int?, resolving resolve: () throws -> Configuration) throws
    -> (session: Session, configuration: Configuration)
  {
    let (session, configuration) = try start(
      threads: threads, resolvingIfGiven: { try resolve() })
    guard let configuration else { preconditionFailure("Session: no configuration") }
    return (session, configuration)
  }

  /// The same, where rank 0 may find no configuration. Collective.
  static func start(threads: Int?, resolvingIfGiven resolve: () throws -> Configuration?) throws
    -> (session: Session, configuration: Configuration?)
  {
    let communicator = try Communicator.start()
    let agreement = Agreement(communicator: communicator)
    MappedFile.setRank(communicator.rank)
    var own = RankOpening()
    own.cores = RankCores.ofThisProcess(host: communicator.hostName, threads: threads).text
    var configuration: Configuration?
    if agreement.isRoot {
      do {
        configuration = try resolve()
        own.configuration = configuration?.yaml()
      } catch {
        own.failure = RankFailure(error)
      }
    }
    let all = try RankOpening.exchange(own, communicator)
    if !agreement.isRoot, let text = all[0].configuration {
      configuration = try Configuration.parse(yaml: text, source: "rank 0's configuration")
    }
    let placement = Placement(all.map { RankCores(text: $0.cores) })
    if agreement.isRoot, let warning = placement.warning { StandardError.note(warning) }
    let ranks = placement.ranks[communicator.rank]
    try agreement.together { try requireAddresses(forThreads: ranks.threads) }
    let session = Session(
      agreement: agreement,
      pool: WorkerPool(threadCount: ranks.threads, cores: ranks.cores, haveCores: ranks.haveCores) {
        LibraryThreads.useOne()
      }, placement: placement,
      watchdog: try Watchdog.start(
        limit: configuration?.distribution.stallSeconds ?? Self.stallSeconds,
        advice: "start it again; a training continues with --resume auto",
        communicator: communicator))
    startGuard?.end()
    return (session, configuration)
  }

  /// Of commands that have no configuration when they start.
  private static let stallSeconds = 300.0

  /// Threads take stacks, and libraries make code and buffers, of whose lack they do not tell.
  private static func requireAddresses(forThreads threads: Int) throws {
    var need = MemoryNeed()
    need.add("--threads \(threads)", bytes: threads, 8 << 20)
    need.add("libraries", bytes: 128 << 20)
    try need.check(
      processes: 1, room: MemoryRoom(addressSpace: MemoryRoom.current.addressSpace, memory: .max))
  }

  /// As ``Agreement/together(_:)``.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    try agreement.together(body)
  }

  /// As ``Agreement/onRoot(_:)``.
  func onRoot(_ body: () throws -> Void) throws { try agreement.onRoot(body) }

  /// Finds before the work which outputs cannot be written, are each other or are one of `inputs`, and which of those that all
  /// ranks write lie in different folders. Collective.
  func check(_ outputs: [OutputFile], inputs: [String?]) throws {
    try onRoot {
      try OutputFile.requireDifferent(outputs)
      for output in outputs { try output.check(inputs: inputs.compactMap { $0 }) }
    }
    for output in outputs where output.isWrittenByAllRanks {
      try agreement.requireOneFolder(output.folder, option: output.option)
    }
  }

  /// Leaves MPI after a command's end. What rank 0 could not print is an error of all. Who does not leave, or does not end then, is named. Collective.
  func finish() throws {
    try onRoot { try StandardOutput.check() }
    try leaveMPI()
    watchdog?.finish()
  }

  /// Leaves MPI before an exit code that is not 0, at which the launcher ends all ranks. Collective.
  func leave() throws {
    try leaveMPI()
    watchdog?.stop()
  }

  private func leaveMPI() throws {
    let pulse = Pulse()
    watchdog?.follow(pulse)
    pulse.enter(.end, step: 0)
    try communicator.finish()
    pulse.mark()
  }

  // MARK: The end after an error

  /// Prints an error's line and ends the program, on all ranks if MPI has started, or would have.
  ///
  /// What all ranks met alike, rank 0 prints and all leave. Anything else may have happened to one rank
  /// alone, which then ends the others; rank 0 goes first, so that an error all ranks met is printed
  /// once. After such an error no library cleans up: HDF5 would try to complete a file it could not
  /// write.
  static func fail(_ error: any Error) -> Never {
    let (failure, isMetByAll) = joiningOthers(error)
    guard Communicator.isStarted, let communicator = try? Communicator.start(),
      communicator.size > 1
    else {
      let launched = LaunchedRank.current
      if launched?.speaks != false { StandardError.note(failure.line) }
      if launched != nil { sleep(1) }
      leave(failure.exitStatus)
    }
    if isMetByAll {
      if communicator.rank == 0 { StandardError.note(failure.line) }
      if (try? communicator.barrier(within: 10)) == true || communicator.rank == 0 {
        leave(failure.exitStatus)
      }
    } else if communicator.rank > 0 {
      sleep(3)
    }
    StandardError.note(SharedError(failure.failure, of: communicator.rank).line)
    communicator.abort(failure.exitStatus.rawValue)
  }

  /// The error as it is to be told. One that this rank met before it joined the others is told to them, who may know of none.
  private static func joiningOthers(_ error: any Error) -> (SharedError, isMetByAll: Bool) {
    if let error = error as? SharedError { return (error, true) }
    let own = RankFailure(error)
    let isMetByAll = (error as? any UserFacingError)?.isMetByAllRanks ?? own.isUsage
    let shared = SharedError(own, of: nil)
    guard LaunchedRank.current != nil, !Communicator.wasStarted,
      let communicator = try? Communicator.start()
    else { return (shared, isMetByAll) }
    var opening = RankOpening()
    opening.failure = own
    do {
      _ = try RankOpening.exchange(opening, communicator)
    } catch let error as SharedError {
      return (error, true)
    } catch {}
    return (shared, isMetByAll)
  }

  private static func leave(_ status: ExitStatus) -> Never {
    fflush(nil)
    _exit(status.rawValue)
  }
}
