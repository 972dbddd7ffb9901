// How the networks of a baseline begin and move.

/// What is the same for all networks of a run.
public struct MemberSettings: Sendable {
  public enum Optimizer: Sendable {
    case sgd(momentum: Float, weightDecay: Float)
    case adam
  }

  /// What is kept of a network's iterates.
  public enum Kept: Sendable {
    case nothing
    case iterates(steps: [Int])
    /// Mean, and with `deviations` above 0 the spread, of every `every`-th one behind step `first`.
    case moments(first: Int, every: Int, deviations: Int)
  }

  public var seed: UInt64
  public var kept: Kept
  public var initialization: MemberInitialization
  public var optimizer: Optimizer

  public init(
    seed: UInt64, initialization: MemberInitialization, optimizer: Optimizer, kept: Kept = .nothing
  ) {
    self.seed = seed
    self.kept = kept
    self.initialization = initialization
    self.optimizer = optimizer
  }
}
