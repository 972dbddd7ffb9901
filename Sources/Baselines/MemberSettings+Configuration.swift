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
        ? .adam : .sgd(momentum: baseline.momentum, weightDecay: baseline.weightDecay))
  }
}
