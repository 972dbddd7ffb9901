// What a parallel loop of teams runs, as a value.

/// What one iteration of a loop does whose iterations several threads may share (``WorkerPool/forEachTeam(_:_:)``); a struct as a
/// ``LoopBody`` is.
public protocol TeamLoopBody: Sendable {
  /// Runs iteration `index` with `team`, which this thread leads. No two iterations that run at the same time have the same `slot`,
  /// a number below the pool's threads.
  func callAsFunction(_ index: Int, _ slot: Int, _ team: Team)
}
