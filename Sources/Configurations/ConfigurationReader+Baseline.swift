// Checks of a baseline's settings.

import Datasets
import TargetNetworks

extension ConfigurationReader {
  /// Takes from the method's recipe what is given nowhere.
  mutating func readRecipe() {
    for text in configuration.baseline.method.recipe {
      let key = String(text.prefix { $0 != "=" })
      if places[key] == nil { read(override: text) }
    }
  }

  /// Adds a problem for every combination of a baseline's values that cannot run.
  mutating func checkBaseline() {
    let baseline = configuration.baseline
    if applies("baseline.batch", "baseline.sliceImages"), baseline.batch % baseline.sliceImages != 0
    {
      let fitting = (1...min(baseline.batch, 4096)).filter { baseline.batch % $0 == 0 }
      add(
        "a batch of \(baseline.batch) images cannot be cut into slices of \(baseline.sliceImages) (slices that "
          + "fit: \(fitting.map(String.init).joined(separator: ", ")))",
        keys: "baseline.sliceImages", "baseline.batch")
    }
    if applies("baseline.optimizer", "baseline.weightDecay"), baseline.optimizer == .adam,
      baseline.weightDecay > 0
    {
      add(
        "adam takes no weight decay here (allowed with it: 0; or baseline.optimizer: sgd)",
        keys: "baseline.weightDecay", "baseline.optimizer")
    }
    checkBaselineRates()
    checkBaselineMethod()
  }

  /// What the method itself needs.
  private mutating func checkBaselineMethod() {
    let baseline = configuration.baseline
    guard applies("baseline.method", "baseline.steps") else { return }
    if configuration.loss == .gaussian(.learned),
      [.weightNoise, .mnfg, .bhn].contains(baseline.method)
    {
      add(
        "\(baseline.method.rawValue) changes weights at random, and learned noise needs some that are 0 (allowed: fixed, output)",
        keys: "objective.noise", "baseline.method")
    }
    switch baseline.method {
    case .snapshot where applies("baseline.cycles") && baseline.cycles > baseline.steps:
      add(
        "\(baseline.cycles) cycles in \(baseline.steps) steps", keys: "baseline.cycles",
        "baseline.steps")
    case .sgdSampler where applies("baseline.iterates", "baseline.thinning", "data.name"):
      if let first = configuration.keptSteps.first, first < 1 {
        add(
          "\(baseline.iterates) iterates \(configuration.thinningSteps) steps apart need at least "
            + "\((baseline.iterates - 1) * configuration.thinningSteps + 1) steps, not \(baseline.steps)",
          keys: "baseline.iterates", "baseline.thinning", "baseline.steps")
      }
    case .weightNoise where applies("baseline.noise", "baseline.targetAccuracy"):
      if configuration.loss.isRegression, baseline.targetAccuracy > 0 {
        add(
          "networks that predict numbers have no accuracy at which they could be compared (give baseline.noise instead)",
          keys: "baseline.targetAccuracy", "objective.loss")
      }
      if (baseline.noise > 0) == (baseline.targetAccuracy > 0) {
        add(
          "weight-noise needs its size, or the mean accuracy at which its networks are compared "
            + "(baseline.noise or baseline.targetAccuracy above 0: one of them)",
          keys: "baseline.noise", "baseline.targetAccuracy", "baseline.method")
      }
      if baseline.targetAccuracy > 0, configuration.data.validationCount == 0 {
        add(
          "the size of the noise is sought on validation images, of which there are none",
          keys: "data.validationCount", "baseline.targetAccuracy")
      }
    case .dropout where applies("target.layers", "data.name"):
      if let set = try? configuration.data.geometry(),
        let target = try? configuration.targetArchitecture(input: set.shape),
        target.hiddenFullyConnected.isEmpty
      {
        add(
          "dropout acts in front of hidden fully connected layers, and there is none",
          keys: "target.layers", "baseline.method")
      }
    case .mnfg,
      .bhn where applies("target.layers", "data.name"):
      if let set = try? configuration.data.geometry(),
        let target = try? configuration.targetArchitecture(input: set.shape), target.isNormalized
      {
        add(
          "\(baseline.method.rawValue) has no distribution of scales and shifts of normalizations",
          keys: "target.layers", "baseline.method")
      }
    default: break
    }
  }

  private mutating func checkBaselineRates() {
    let baseline = configuration.baseline
    guard
      applies(
        "baseline.learningRate", "baseline.learningRateDecay", "baseline.steps",
        "baseline.schedule", "baseline.finalLearningRate", "baseline.drops", "baseline.dropFactor")
    else { return }
    guard Float(baseline.learningRate).isNormal else {
      return add(
        "a learning rate of \(baseline.learningRate) is \(Float(baseline.learningRate)) as a 32-bit number: "
          + "nothing can be learned", keys: "baseline.learningRate")
    }
    let last = Float(baseline.rates.value(at: baseline.steps))
    if case .recipe(let base, _, _) = baseline.rates, base.final == nil, !last.isNormal {
      add(
        "learning rate \(baseline.learningRate) becomes \(last) by step \(baseline.steps): nothing is learned "
          + "any more", keys: "baseline.learningRateDecay", "baseline.drops", "baseline.steps")
    }
  }
}
