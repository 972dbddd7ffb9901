// The settings that a step goes by.

import Collectives
import Datasets
import Hypernetworks
import Numerics

/// What a step is made of besides the parameters.
public struct StepSettings: Sendable {
  public var seed: UInt64
  public var imagesPerLatent: Int
  /// What the target networks' activations are stored in.
  public var precision: ElementType
  public var augmentation: ImageAugmentation
  public var learningRate: Double
  /// The learning rate is multiplied by this after each step.
  public var learningRateDecay: Double
  public var objective: ObjectiveSettings
  public var exchange: Exchange
  public var reduction: Reduction

  public init(
    seed: UInt64, imagesPerLatent: Int, precision: ElementType = .float32,
    augmentation: ImageAugmentation, learningRate: Double, learningRateDecay: Double,
    objective: ObjectiveSettings, exchange: Exchange, reduction: Reduction = .reproducible
  ) {
    self.seed = seed
    self.imagesPerLatent = imagesPerLatent
    self.precision = precision
    self.augmentation = augmentation
    self.learningRate = learningRate
    self.learningRateDecay = learningRateDecay
    self.objective = objective
    self.exchange = exchange
    self.reduction = reduction
  }

  /// The objective's lambda of a step, from 1 on.
  package func lambda(of step: Int) -> Float {
    Float(Double(objective.lambda) * power(objective.lambdaGrowth, step - 1))
  }

  package func learningRate(of step: Int) -> Double {
    learningRate * power(learningRateDecay, step - 1)
  }
}
