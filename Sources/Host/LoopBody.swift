// What a parallel loop runs, as a value.

/// What one iteration of a ``WorkerPool``'s loop does.
///
/// A struct of all that an iteration reads and writes: its members are the loop's arguments. It stays where the
/// caller made it while the loop runs, so that a loop allocates nothing and keeps nothing.
public protocol LoopBody: Sendable {
  /// Runs iteration `index` on `thread` of the pool.
  func callAsFunction(_ index: Int, _ thread: Int)
}
