// Settings of networks that are trained without a hypernetwork.

import Datasets
import Optimizers

extension Configuration {
  /// How a baseline's networks are trained; `training.*` counts for its seed, precision and skipped steps alone.
  public struct Baseline: Sendable, Equatable {
    public var method = BaselineMethod.none
    /// Networks that are trained; 0 means as many as the method is used with.
    public var members = 0
    public var steps: Int
    /// Images of a network's minibatch.
    public var batch: Int
    /// Images that run together, and share the statistics of normalizations: equal parts of the minibatch.
    public var sliceImages: Int
    public var optimizer = BaselineOptimizer.sgd
    public var learningRate: Double
    public var momentum: Float = 0.9
    public var weightDecay: Float
    public var schedule = Schedule.Shape.exponential
    /// The learning rate is multiplied by this at each step of an `exponential` schedule without a final rate.
    public var learningRateDecay = 1.0
    public var finalLearningRate = 0.0
    /// Steps behind which the rate falls to `dropFactor` of what it would be.
    public var drops: [Int] = []
    public var dropFactor = 0.1
    /// Standard deviation of initial kernels; 0 means He's.
    public var initialDeviation: Float = 0
    public var initialBias: Float = 0

    /// Networks drawn by methods that draw them: swag, weight-noise, dropout, gaussian-fit, mnfg, bhn.
    public var networks = 100
    /// Iterates that sgd-sampler keeps of each network, the last one being the last of them.
    public var iterates = 1
    /// Steps between iterates that are kept or averaged; 0 means an epoch.
    public var thinning = 0
    /// Of snapshot.
    public var cycles = 10
    public var cycleRate = 0.2
    /// Fraction of the steps behind which swa and swag average iterates, and the rate at which they make them.
    public var averagingFrom = 0.533
    public var averagingRate = 0.01
    /// Of swag: deviations that are kept, and the factor on the covariance.
    public var deviations = 20
    public var covarianceScale = 0.5
    /// Probability with which dropout drops a unit.
    public var dropout: Float = 0.5
    /// Of weight-noise: its size in units of each kernel's root mean square; 0: sought for the accuracy.
    public var noise: Float = 0
    /// Of weight-noise: the noisy networks' mean accuracy on validation images.
    public var targetAccuracy = 0.0

    /// Of mnfg.
    public var flows = FlowSettings()
    /// Of bhn.
    public var gains = GainSettings()
    /// Of methods that train a distribution of networks: how much its distance from the prior counts.
    public var penalty = PenaltySchedule()

    /// Networks that are trained.
    public var memberCount: Int { members > 0 ? members : method.usualMembers }

    /// The rate of each step.
    public var rates: MemberRates {
      switch method {
      case .sgdSampler:
        .recipe(base: Schedule(initial: learningRate, steps: steps), drops: [], factor: 1)
      case .swa, .swag:
        .averaging(initial: learningRate, final: averagingRate, start: averagingStart)
      case .snapshot: .cycles(largest: cycleRate, length: cycleLength)
      case .none, .sgd, .deepEnsemble, .weightNoise, .dropout, .average, .gaussianFit, .mnfg, .bhn:
        .recipe(
          base: Schedule(
            shape: schedule, initial: learningRate,
            final: schedule == .exponential && finalLearningRate == 0 ? nil : finalLearningRate,
            decay: learningRateDecay, steps: steps), drops: drops, factor: dropFactor)
      }
    }

    /// Steps behind which iterates are averaged.
    public var averagingStart: Int { Int(averagingFrom * Double(steps)) }

    /// Steps of a cycle.
    public var cycleLength: Int { max(1, steps / cycles) }

    /// A plain classifier of MNIST (PC params.py): Adam, whose rate falls by a ten thousandth a step.
    static let mnist = Baseline(
      steps: 10_000, batch: 256, sliceImages: 64, optimizer: .adam, learningRate: 1e-3,
      weightDecay: 0,
      learningRateDecay: 0.9999, initialDeviation: 0.1, initialBias: 0.1)

    /// All points in each step.
    static let regression = Baseline(
      steps: 2000, batch: 40, sliceImages: 40, optimizer: .adam, learningRate: 1e-2, weightDecay: 0,
      schedule: .cosine)

    /// 200 epochs of CIFAR's 45,000 images.
    static let leNet = Baseline(
      steps: 70_313, batch: 128, sliceImages: 64, learningRate: 0.05, weightDecay: 5e-4,
      schedule: .cosine)

    /// He et al. 2016, section 4.2.
    static let resNet32 = Baseline(
      steps: 64_000, batch: 128, sliceImages: 64, learningRate: 0.1, weightDecay: 1e-4,
      drops: [32_000, 48_000])
  }

  /// Parts of a minibatch whose gradients are added along a tree: the order of sums, which a state's digest names.
  public var shardCount: Int {
    baseline.method == .none ? distribution.shards : baseline.batch / baseline.sliceImages
  }

  /// Steps of what the configuration trains.
  public var steps: Int { baseline.method == .none ? training.steps : baseline.steps }

  /// Steps from one kept or averaged iterate to the next.
  public var thinningSteps: Int {
    if baseline.thinning > 0 { return baseline.thinning }
    return max(1, (trainingImageCount + baseline.batch - 1) / baseline.batch)
  }

  /// Images to train on.
  public var trainingImageCount: Int {
    let set = try? data.describe()
    return set.map { $0.trainingCount - $0.validationCount(data.validationCount) } ?? 0
  }

  /// The steps whose iterates a baseline keeps, ascending; none where it keeps none.
  public var keptSteps: [Int] {
    switch baseline.method {
    case .sgdSampler where baseline.iterates > 1:
      (0..<baseline.iterates).reversed().map { baseline.steps - $0 * thinningSteps }
    case .snapshot: (1...baseline.cycles).map { $0 * baseline.cycleLength }
    default: []
    }
  }
}
