// The settings that a step goes by.

import Collectives
import Datasets
import Hypernetworks
import Numerics
import Optimizers

/// What a step is made of besides the parameters.
public struct StepSettings: Sendable {
  public var seed: UInt64
  public var imagesPerLatent: Int
  /// Equal parts of a latent's images; whatever mixes images is computed part by part.
  public var slices: Int
  /// What the target networks' activations are stored in.
  public var precision: ElementType
  public var augmentation: ImageAugmentation
  /// Adam's rate, and lambda of L = lambda * L_acc + L_div.
  public var learningRate: Schedule
  public var lambda: Schedule
  public var stepSizes: StepSizes
  /// Of the hypernetwork's weights and free centre, in each step by the rate.
  public var weightDecay: Float
  /// The longest gradient of a network's mean loss by its weights; 0: as long as it is.
  public var gradientNorm: Float
  /// Of the average of the parameters; 0: none is kept.
  public var averageDecay: Float
  public var objective: ObjectiveSettings
  public var exchange: Exchange
  public var reduction: Reduction
  public var placement: OptimizerPlacement
  public var wideLayers: WideLayers

  public init(
    seed: UInt64, imagesPerLatent: Int, slices: Int = 1, precision: ElementType = .float32,
    augmentation: ImageAugmentation, learningRate: Schedule, lambda: Schedule,
    stepSizes: StepSizes = .uniform, weightDecay: Float = 0, gradientNorm: Float = 0,
    averageDecay: Float = 0, objective: ObjectiveSettings,
    exchange: Exchange,
    reduction: Reduction = .reproducible, placement: OptimizerPlacement = .sharded,
    wideLayers: WideLayers = .divided
  ) {
    self.seed = seed
    self.imagesPerLatent = imagesPerLatent
    self.slices = slices
    self.precision = precision
    self.augmentation = augmentation
    self.learningRate = learningRate
    self.lambda = lambda
    self.stepSizes = stepSizes
    self.weightDecay = weightDecay
    self.gradientNorm = gradientNorm
    self.averageDecay = averageDecay
    self.objective = objective
    self.exchange = exchange
    self.reduction = reduction
    self.placement = placement
    self.wideLayers = wideLayers
  }
  /// What cuts the gradient of a network's sum of losses, times `gradientScale`, to ``gradientNorm``; nil where it may be of any length.
  func clipping(gradientScale: Float) -> GradientClipping? {
    GradientClipping(unlessZero: gradientNorm * Float(imagesPerLatent) * gradientScale)
  }
}
