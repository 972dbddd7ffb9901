// A baseline's networks are some of the run's settings.

import Configurations

extension MemberSettings {
  public init(_ configuration: Configuration) {
    let baseline = configuration.baseline
    self.init(
      seed: configuration.training.seed,
      initialization: MemberInitialization(
        deviation: baseline.initialDeviation, bias: baseline.initialBias),
      optimizer: baseline.optimizer == .adam
        ? .adam : .sgd(momentum: baseline.momentum, weightDecay: baseline.weightDecay),
      kept: Self.kept(configuration))
  }

  private static func kept(_ configuration: Configuration) -> Kept {
    let baseline = configuration.baseline
    switch baseline.method {
    case .swa, .swag:
      return .moments(
        first: baseline.averagingStart, every: configuration.thinningSteps,
        deviations: baseline.method == .swag ? baseline.deviations : 0)
    default:
      let steps = configuration.keptSteps
      return steps.isEmpty ? .nothing : .iterates(steps: steps)
    }
  }
}
