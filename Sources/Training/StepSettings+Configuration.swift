// A step's settings are some of the run's.

import Configurations

extension StepSettings {
  public init(_ configuration: Configuration) {
    self.init(
      seed: configuration.training.seed,
      imagesPerLatent: configuration.training.imagesPerLatent,
      slices: configuration.distribution.slices,
      precision: configuration.training.precision,
      augmentation: configuration.data.augment,
      learningRate: configuration.learningRateSchedule,
      lambda: configuration.lambdaSchedule, stepSizes: configuration.training.stepSizes,
      weightDecay: configuration.training.weightDecay,
      gradientNorm: configuration.training.gradientNorm,
      averageDecay: configuration.training.averageDecay,
      objective: configuration.objectiveSettings,
      exchange: configuration.distribution.exchange,
      reduction: configuration.distribution.reduction,
      placement: configuration.distribution.optimizer,
      wideLayers: configuration.distribution.wideLayers)
  }
}
