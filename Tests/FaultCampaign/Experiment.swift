// One kind of fault and what must hold.

/// A row of the table of promises in docs/reliability.md, tried again and again.
protocol Experiment {
  /// As `--only` takes it.
  var name: String { get }

  /// What is done to the program.
  var fault: String { get }

  /// How many trials there are, `complete` or shortened.
  func trials(complete: Bool, _ laboratory: Laboratory) throws -> Int

  /// Makes one and throws ``BrokenPromise`` where the program failed. Returns what happened, in words that are
  /// counted: trials of one kind return the same.
  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String

  /// Whether an outcome says that nothing was done to the program, as may happen: where it is that of all trials, nothing was tried.
  func isIdle(_ outcome: String) -> Bool
}

extension Experiment {
  func isIdle(_ outcome: String) -> Bool { false }
}
