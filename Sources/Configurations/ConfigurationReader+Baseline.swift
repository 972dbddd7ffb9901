// Checks of a baseline's settings.

extension ConfigurationReader {
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
    if baseline.rates.base.final == nil, !last.isNormal {
      add(
        "learning rate \(baseline.learningRate) becomes \(last) by step \(baseline.steps): nothing is learned "
          + "any more", keys: "baseline.learningRateDecay", "baseline.drops", "baseline.steps")
    }
  }
}
