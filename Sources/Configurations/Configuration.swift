// A run's configuration: everything that decides what a run computes, and how often it reports.

import Collectives
import Datasets
import Hypernetworks
import Numerics
import Optimizers
import TargetNetworks

/// The resolved configuration of one run. ``Setting/all`` names each value's key in YAML, its allowed
/// values and its meaning.
public struct Configuration: Sendable, Equatable {
  /// What a latent is turned into.
  public enum Generates: String, Sendable, Equatable, CaseIterable {
    /// All weights of a target network.
    case networks
    /// A point of the plane (Section 4.1 of the paper).
    case toy
  }

  /// The toy problem's own settings.
  public struct Toy: Sendable, Equatable {
    /// Widths of the hidden layers.
    public var hidden: [Int]
    /// Gaussians of the mixture.
    public var components: Int
    /// Factors of the entropy and of the mean square of the points in the loss.
    public var entropyWeight: Double
    public var normWeight: Double

    static let paper = Toy(
      hidden: [30, 10, 10], components: 10, entropyWeight: 2.2, normWeight: 0.05)
  }

  public struct Training: Sendable, Equatable {
    public var steps: Int
    public var seed: UInt64
    /// N: latent samples, and so target networks, of a step on all ranks together.
    public var latents: Int
    public var imagesPerLatent: Int
    /// What the target networks' activations are stored in.
    public var precision = ElementType.float32
    public var learningRate: Double
    /// The learning rate is multiplied by this at each step of an `exponential` schedule without a final rate.
    public var learningRateDecay: Double
    public var schedule = Schedule.Shape.exponential
    /// At the last step; 0 of `exponential`: whatever the decay leads to.
    public var finalLearningRate = 0.0
    public var warmupSteps = 0
    public var stepSizes = StepSizes.uniform
    public var weightDecay: Float = 0
    /// The most that the gradient of a network's mean loss may be long; 0: as long as it is.
    public var gradientNorm: Float = 0
    /// The steps that schedules span; 0 means `steps`.
    public var scheduleSteps = 0
    /// Of the exponential average of the parameters that evaluations go by; 0 means none.
    public var averageDecay: Float = 0
    /// Steps in a row that may be skipped because a number in them is not finite.
    public var maxSkippedSteps: Int
  }

  public struct Objective: Sendable, Equatable {
    public struct Entropy: Sendable, Equatable {
      public var metric: DistanceMetric
      /// How many random other samples a nearest neighbour is sought among; 0 means all.
      public var candidates: Int
      /// k: the neighbour whose distance counts, 1 being the nearest.
      public var k: Int
      /// How much each weight counts in the entropy of the weights.
      public var weighting = EntropyWeighting.none
    }

    /// What networks' outputs are held against the answers by.
    public enum LossKind: String, Sendable, Equatable, CaseIterable {
      case crossEntropy = "cross-entropy"
      case squaredError = "squared-error"
      case huber
      case gaussian = "gaussian-nll"
    }

    /// Where the variance of ``LossKind/gaussian`` comes from.
    public enum Noise: String, Sendable, Equatable, CaseIterable {
      case fixed, learned, output
    }

    public var loss = LossKind.crossEntropy
    /// Of huber, and the deviation of fixed noise: in the units of normalized targets.
    public var huberThreshold: Float = 1
    public var noise = Noise.learned
    public var noiseDeviation: Float = 0.1
    public var lambda: Double
    /// lambda is multiplied by this at each step of an `exponential` schedule without a final lambda.
    public var lambdaGrowth: Double
    public var lambdaSchedule = Schedule.Shape.exponential
    /// At the last step; 0 of `exponential`: whatever the growth leads to.
    public var finalLambda = 0.0
    public var lambdaWarmupSteps = 0
    public var diversity: Diversity
    /// c: latents in a row that see the same images; 1: each sees its own.
    public var committee = 1
    public var entropy: Entropy
    /// Images that all networks of a step see, for diversity terms on outputs where there are no committees.
    public var probeImages: Int
    public var gauge: Gauge
  }

  public struct Distribution: Sendable, Equatable {
    /// V: virtual shards of the minibatch.
    public var shards: Int
    /// S: equal parts of a latent's images.
    public var slices = 1
    public var exchange: Exchange
    public var collectives = CollectivePattern.auto
    public var reduction: Reduction
    public var optimizer = OptimizerPlacement.sharded
    public var wideLayers = WideLayers.divided
    /// Seconds without progress after which a rank counts as stalled; 0 means never.
    public var stallSeconds: Double
  }

  public struct Validation: Sendable, Equatable {
    /// Steps between validations; 0 means never.
    public var every: Int
    public var samples: Int
    /// Training images from which networks with normalizations take their statistics; 0 means all.
    public var statisticsImages = 0
  }

  public struct Checkpoint: Sendable, Equatable {
    /// Steps between checkpoints; 0 means only at the end.
    public var every: Int
    /// Minutes between checkpoints, whichever comes first; 0 means by steps alone.
    public var minutes: Double
    /// How many of the latest checkpoints stay; 0 means all.
    public var keep: Int
  }

  public struct Metrics: Sendable, Equatable {
    /// Steps between two rows of metrics.csv.
    public var every: Int
  }

  public struct Data: Sendable, Equatable {
    /// What pixel values are scaled to.
    public enum Normalization: String, Sendable, Equatable, CaseIterable {
      /// [0, 1].
      case none
      /// Mean 0 and variance 1 in each channel, over the training images.
      case channel
    }

    /// One of ``DatasetCatalog/names``, or ``DataFile/name``.
    public var name: String
    /// Of the data set ``DataFile/name``.
    public var path = ""
    /// Of a file: (features) or (channels, rows, columns), and how many classes or numbers to predict it has; empty and 0: as
    /// it says.
    public var inputs: [Int] = []
    public var classes = 0
    public var targets = 0
    /// Training images set aside for validation.
    public var validationCount: Int
    public var augment: ImageAugmentation
    public var normalize: Normalization
  }

  public var problem: Generates
  public var training: Training
  public var objective: Objective
  public var distribution: Distribution
  public var validation: Validation
  public var checkpoint: Checkpoint
  public var metrics: Metrics
  /// Networks that are trained without a hypernetwork.
  public var baseline: Baseline
  public var toy: Toy
  public var data: Data
  public var hypernetwork: HypernetworkArchitecture
  /// The target network's layers, from the image to the logits.
  public var target: [TargetLayer]

  public var learningRateSchedule: Schedule {
    schedule(
      training.schedule, from: training.learningRate, to: training.finalLearningRate,
      decay: training.learningRateDecay, warmupSteps: training.warmupSteps)
  }

  public var lambdaSchedule: Schedule {
    schedule(
      objective.lambdaSchedule, from: objective.lambda, to: objective.finalLambda,
      decay: objective.lambdaGrowth, warmupSteps: objective.lambdaWarmupSteps)
  }

  /// Whether a step's rate or lambda depends on how many steps there are.
  public var isSpannedBySteps: Bool {
    training.scheduleSteps == 0
      && (learningRateSchedule.dependsOnLength || lambdaSchedule.dependsOnLength)
  }

  private func schedule(
    _ shape: Schedule.Shape, from initial: Double, to final: Double, decay: Double,
    warmupSteps: Int
  ) -> Schedule {
    Schedule(
      shape: shape, initial: initial, final: shape == .exponential && final == 0 ? nil : final,
      decay: decay, warmupSteps: warmupSteps,
      steps: training.scheduleSteps > 0 ? training.scheduleSteps : training.steps)
  }

  public var objectiveSettings: ObjectiveSettings {
    ObjectiveSettings(
      diversity: objective.diversity, committee: objective.committee,
      metric: objective.entropy.metric,
      candidates: objective.entropy.candidates, neighbour: objective.entropy.k,
      weighting: objective.entropy.weighting, probeImages: objective.probeImages,
      gauge: objective.gauge)
  }

  /// What the target networks' outputs mean.
  public var loss: Loss {
    switch objective.loss {
    case .crossEntropy: .crossEntropy
    case .squaredError: .squaredError
    case .huber: .huber(threshold: objective.huberThreshold)
    case .gaussian:
      switch objective.noise {
      case .fixed: .gaussian(.fixed(deviation: objective.noiseDeviation))
      case .learned: .gaussian(.learned)
      case .output: .gaussian(.output)
      }
    }
  }

  /// The target network on images of `input`'s shape.
  public func targetArchitecture(input: ImageShape) throws(TargetArchitecture.Invalid)
    -> TargetArchitecture
  {
    try TargetArchitecture(input: input, layers: target, loss: loss)
  }
}
