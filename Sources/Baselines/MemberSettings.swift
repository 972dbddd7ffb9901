// How the networks of a baseline begin and move.

/// What is the same for all networks of a run.
public struct MemberSettings: Sendable {
  public enum Optimizer: Sendable {
    case sgd(momentum: Float, weightDecay: Float)
    case adam
  }

  public var seed: UInt64
  public var initialization: MemberInitialization
  public var optimizer: Optimizer

  public init(seed: UInt64, initialization: MemberInitialization, optimizer: Optimizer) {
    self.seed = seed
    self.initialization = initialization
    self.optimizer = optimizer
  }
}
