// Notices a rank that is stopped before the watchdog can, while ranks start.

import Collectives
import Glibc
import Host
import Synchronization

/// A thread on every rank from the first moment on, before MPI has connected them: it looks at the processes of this job on
/// this machine, and where one is stopped (SIGSTOP) for some seconds while this one goes on, names it and ends this rank, with which the launcher
/// ends all. ``Watchdog`` takes over when all are there.
public final class StartGuard: Sendable {
  private let own: LaunchedRank
  private let job: String
  private let isDone = Atomic<Bool>(false)

  /// Seconds that a process may stand still.
  private static let limit = 10.0
  private static let interval = 1.0

  /// Nil where this process is alone, or the launcher does not say which job it is of.
  public static func begin() -> StartGuard? {
    guard let own = LaunchedRank.current, let job = getenv("PMIX_NAMESPACE") else { return nil }
    let result = StartGuard(own, job: String(cString: job))
    let raw = Unmanaged.passRetained(result).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { raw in
        SignalMask.blockAll()
        Unmanaged<StartGuard>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }, raw)
    if status == 0 {
      pthread_detach(thread)
    } else {
      Unmanaged<StartGuard>.fromOpaque(raw).release()
    }
    return status == 0 ? result : nil
  }

  private init(_ own: LaunchedRank, job: String) { (self.own, self.job) = (own, job) }

  /// From here on others watch. Local.
  public func end() { isDone.store(true, ordering: .releasing) }

  private func run() {
    var stopped: [Int32: Double] = [:]
    var last = monotonicSeconds()
    while true {
      usleep(useconds_t(1e6 * Self.interval))
      if isDone.load(ordering: .acquiring) { return }
      // Time in which this process was stopped itself is nobody's fault.
      let elapsed = min(monotonicSeconds() - last, 2 * Self.interval)
      last = monotonicSeconds()
      let ranks = JobProcess.all(of: job)
      for rank in ranks {
        stopped[rank.process] = rank.isStopped ? (stopped[rank.process] ?? 0) + elapsed : nil
      }
      // The first that goes on speaks.
      let speaker = ranks.filter { !$0.isStopped }.map(\.rank).min()
      guard let still = ranks.first(where: { stopped[$0.process] ?? 0 > Self.limit }) else {
        continue
      }
      if isDone.load(ordering: .acquiring) { return }
      if speaker == own.rank {
        StandardError.note(
          "hyperdist: rank \(still.rank) on \(MachineDescription.current.host) (process \(still.process)) is stopped for "
            + "\(Int(Self.limit)) s and more while the ranks start; the run ends here: start it again"
        )
        _exit(ExitStatus.failed.rawValue)
      }
    }
  }
}
