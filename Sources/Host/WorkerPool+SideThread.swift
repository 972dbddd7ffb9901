// One more thread for a while.

extension WorkerPool {
  /// Runs `other` on a thread of its own, beside `body` on this one, which may use the pool; returns when both have ended.
  public func run<Result>(
    _ other: @escaping @Sendable () -> Void, beside body: () throws -> Result
  ) rethrows -> Result {
    let thread = SideThread(core: lastCore, other)
    defer { thread.join() }
    return try body()
  }
}
