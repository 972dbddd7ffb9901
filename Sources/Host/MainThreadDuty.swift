// What the main thread does while all threads compute.

/// Work that only the main thread may do, and that waits for a moment at which it may: MPI's. ``WorkerPool/forEachTeam(_:_:duty:)`` does it between the main
/// thread's own pieces.
public final class MainThreadDuty: @unchecked Sendable {
  private let work: () throws -> Void
  private var failure: (any Error)?

  public init(_ work: @escaping () throws -> Void) { self.work = work }

  /// Does it, unless it has failed.
  func attend() {
    guard failure == nil else { return }
    do { try work() } catch { failure = error }
  }

  /// Throws what has failed since the last time.
  func report() throws {
    guard let failure else { return }
    self.failure = nil
    throw failure
  }
}
