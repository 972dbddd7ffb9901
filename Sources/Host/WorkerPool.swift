// The threads of one process, made once and reused by every parallel loop.

import Glibc

/// A fixed set of threads that run loop bodies. Thread 0 is the caller.
///
/// Iterations are handed out one by one, so their assignment to threads varies: a body may write only
/// what belongs to its iteration (or scratch that belongs to its thread).
///
/// Between loops the other threads sleep, but within ``awake(_:)``, where each has a core of its own, they wait for the next loop without.
public final class WorkerPool: Sendable {
  public let threadCount: Int
  /// What takes the place of the threads, if anything.
  public let player: (any LoopPlayer)?
  /// Where the last thread is left to one, its core.
  let lastCore: Int?

  private let shared: PoolThreads
  private let threads: [pthread_t]
  /// One for each iteration that threads may share at the same time.
  private let teams: [Team]

  /// Starts `threadCount - 1` threads; `setUp` runs once on each thread, the caller's included.
  ///
  /// - Parameters:
  ///   - cores: of each thread, the core it is left to, for good; empty: the system moves them about.
  ///   - haveCores: whether there is a core for each thread, so that they may spin.
  public init(
    threadCount: Int, cores: [Int] = [], haveCores: Bool = false,
    setUp: @escaping @Sendable () -> Void = {}
  ) {
    precondition(
      threadCount > 0 && (cores.isEmpty || cores.count == threadCount),
      "WorkerPool: \(threadCount) threads, \(cores.count) cores")
    self.threadCount = threadCount
    lastCore = cores.last
    player = nil
    let shared = PoolThreads(maySpin: haveCores)
    self.shared = shared
    let setUp: @Sendable (_ thread: Int) -> Void = { thread in
      if !cores.isEmpty { CoreAffinity.pinThread(to: cores[thread]) }
      setUp()
    }
    setUp(0)
    var threads: [pthread_t] = []
    for thread in 1..<max(1, threadCount) {
      var handle = pthread_t()
      let start = Unmanaged.passRetained(Start(shared, thread, setUp)).toOpaque()
      let status = pthread_create(
        &handle, nil,
        { raw in
          let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
          SignalMask.blockAll()
          start.setUp(start.thread)
          start.shared.serve(as: start.thread)
          return nil
        }, start)
      guard status == 0 else {
        LastResort.end(
          "thread \(thread) of \(threadCount) cannot be started: \(String(cString: strerror(status))); take fewer "
            + "--threads")
      }
      threads.append(handle)
    }
    self.threads = threads
    teams = (1..<max(1, threadCount)).map { _ in Team() }
  }

  /// A pool without threads of its own, in whose place `player` is.
  public init(player: any LoopPlayer) {
    threadCount = player.threadCount
    self.player = player
    lastCore = nil
    shared = PoolThreads(maySpin: false)
    threads = []
    teams = []
  }

  deinit {
    shared.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs `body`, whose loops follow each other closely: a training step. Allocates nothing.
  @inlinable
  public func awake<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    setAwake(true)
    defer { setAwake(false) }
    return try body()
  }

  @usableFromInline
  func setAwake(_ isAwake: Bool) { shared.setAwake(isAwake) }

  /// Runs `body(index, thread)` for every index in 0..<count and returns when all are done.
  ///
  /// Must be called from the thread that made the pool, not from within a loop. Allocates nothing.
  public func forEach(_ count: Int, _ body: some LoopBody) {
    forEach(count, body, meanwhile: {})
  }

  /// As ``forEach(_:_:)``, and runs `meanwhile` on the calling thread after each of its iterations, until it
  /// throws: what only the main thread may do while all threads compute. Its error is thrown when all
  /// iterations are done.
  public func forEach<Failure: Error>(
    _ count: Int, _ body: some LoopBody, meanwhile: () throws(Failure) -> Void
  ) throws(Failure) {
    if let player {
      player.forEach(count, body)
      return try meanwhile()
    }
    var failure: Failure?
    if threadCount == 1 || count <= 1 {
      for index in 0..<count {
        body(index, 0)
        attend(meanwhile, &failure)
      }
    } else {
      withUnsafePointer(to: body) { place in
        shared.begin(RunningLoop(anyBody: place, count: count), helpers: threadCount - 1)
        while let index = shared.loop.takeIndex() {
          body(index, 0)
          attend(meanwhile, &failure)
        }
        shared.loop.finish(spinning: shared.maySpin)
      }
    }
    if let failure { throw failure }
  }

  /// Runs `meanwhile` unless it has failed.
  @inline(__always)
  private func attend<Failure: Error>(
    _ meanwhile: () throws(Failure) -> Void, _ failure: inout Failure?
  ) {
    guard failure == nil else { return }
    do throws(Failure) { try meanwhile() } catch { failure = error }
  }

  /// As ``forEach(_:_:)``, for loops that may allocate: a closure costs one allocation.
  public func forEach(_ count: Int, _ body: @Sendable (_ index: Int, _ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { forEach(count, ClosureBody(run: $0)) }
  }
}

// MARK: Teams

extension WorkerPool {
  /// Runs `body(index, slot, team)` for every index in 0..<count and returns when all are done: a thread an iteration while there are as
  /// many iterations as threads, and then all threads for those that are left, in teams.
  ///
  /// As ``forEach(_:_:)`` otherwise. What an iteration computes must not depend on its team. Allocates nothing.
  public func forEachTeam(_ count: Int, _ body: some TeamLoopBody) {
    runTeams(count, body, duty: nil)
  }

  /// As ``forEachTeam(_:_:)``, and does `duty` on the calling thread after each of its iterations and, in a team, before it waits for the others. Throws what
  /// the duty has thrown, when all iterations are done.
  public func forEachTeam(_ count: Int, _ body: some TeamLoopBody, duty: MainThreadDuty) throws {
    runTeams(count, body, duty: duty)
    try duty.report()
  }

  private func runTeams(_ count: Int, _ body: some TeamLoopBody, duty: MainThreadDuty?) {
    if let player { return player.forEachTeam(count, body, attending: duty) }
    let rest = count % threadCount
    forEach(count - rest, SingleThreads(body: body), meanwhile: { duty?.attend() })
    guard rest > 0 else { return }
    let threads = 0..<threadCount
    for slot in 0..<rest {
      teams[slot].gather(threads.part(slot, of: rest).count, spinning: shared.maySpin)
    }
    forEach(
      threadCount,
      Shares(
        body: body, first: count - rest, teams: teams, count: rest, threadCount: threadCount,
        duty: duty),
      meanwhile: { duty?.attend() })
  }

  /// Runs `body(index, 0, team)` for every index in 0..<count, one after the other, with all threads in one team that the calling thread leads: what must be done
  /// by that thread, in that order, on the way. Allocates nothing. `standingIn` is run in its place where loops are not run.
  public func forEachLed(
    _ count: Int, _ body: some TeamLoopBody, standingIn: (_ index: Int) -> Void
  ) {
    if let player { return player.forEachLed(count, body, standingIn: standingIn) }
    guard threadCount > 1 else {
      for index in 0..<count { body(index, 0, .alone) }
      return
    }
    let team = teams[0]
    for index in 0..<count {
      team.gather(threadCount, spinning: shared.maySpin)
      forEach(threadCount, Led(body: body, index: index, team: team))
    }
  }

  /// As ``forEachTeam(_:_:)``, for loops that may allocate.
  public func forEachTeam(
    _ count: Int, _ body: @Sendable (_ index: Int, _ slot: Int, _ team: Team) -> Void
  ) {
    withoutActuallyEscaping(body) { forEachTeam(count, TeamClosureBody(run: $0)) }
  }

  /// The most threads that ever share an iteration in `slot`.
  public func largestTeam(slot: Int) -> Int { (threadCount + slot) / (slot + 1) }

  /// The most threads that share an iteration of a loop of `count`.
  public func largestTeam(of count: Int) -> Int {
    count % threadCount == 0 ? 1 : (0..<threadCount).part(0, of: count % threadCount).count
  }

  /// The threads that share iteration `index` of a loop of `count`.
  public func teamSize(_ index: Int, of count: Int) -> Int {
    let rest = count % threadCount
    let slot = index - (count - rest)
    return slot < 0 ? 1 : (0..<threadCount).part(slot, of: rest).count
  }
}

/// Every thread's place in a team of the last iterations, one after the other.
private struct Shares<Body: TeamLoopBody>: LoopBody {
  let body: Body
  let first: Int
  let teams: [Team]
  let count: Int
  let threadCount: Int
  let duty: MainThreadDuty?

  func callAsFunction(_ place: Int, _ thread: Int) {
    // The team whose run of places this one is in.
    let slot = ((place + 1) * count - 1) / threadCount
    let member = place - (0..<threadCount).part(slot, of: count).lowerBound
    let team = teams[slot]
    let duty = thread == 0 ? duty : nil
    if member > 0 { return team.serve(as: member, duty: duty) }
    team.duty = duty
    body(first + slot, slot, team.size == 1 ? .alone : team)
    if team.size > 1 { team.dismiss() }
  }
}

/// Every thread's place in one team, led by thread 0.
private struct Led<Body: TeamLoopBody>: LoopBody {
  let body: Body
  let index: Int
  let team: Team

  func callAsFunction(_ place: Int, _ thread: Int) {
    // Places are as many as threads, and a thread has a second one only when the team is dismissed.
    if thread > 0 { return team.serve(as: thread, duty: nil) }
    guard !team.isDismissed else { return }
    team.duty = nil
    body(index, 0, team)
    team.dismiss()
  }
}

private struct TeamClosureBody: TeamLoopBody {
  let run: @Sendable (_ index: Int, _ slot: Int, _ team: Team) -> Void
  func callAsFunction(_ index: Int, _ slot: Int, _ team: Team) { run(index, slot, team) }
}

private struct ClosureBody: LoopBody {
  let run: @Sendable (_ index: Int, _ thread: Int) -> Void
  func callAsFunction(_ index: Int, _ thread: Int) { run(index, thread) }
}

/// What a new thread is told.
private final class Start {
  let shared: PoolThreads
  let thread: Int
  let setUp: @Sendable (_ thread: Int) -> Void
  init(_ shared: PoolThreads, _ thread: Int, _ setUp: @escaping @Sendable (_ thread: Int) -> Void) {
    (self.shared, self.thread, self.setUp) = (shared, thread, setUp)
  }
}
