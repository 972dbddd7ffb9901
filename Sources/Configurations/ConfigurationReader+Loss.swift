// Checks of the loss, the data and the outputs against each other.

import Datasets
import TargetNetworks

extension ConfigurationReader {
  /// The loss, the data set and the last layer must fit each other, and what the loss has no use for must be as it comes; what a preset
  /// says of it goes with the preset's loss.
  mutating func checkLoss(_ target: TargetArchitecture, _ answers: Answers.Kind) {
    guard
      applies(
        "objective.loss", "objective.huberThreshold", "objective.noise", "objective.noiseDeviation")
    else { return }
    let objective = configuration.objective
    let name = objective.loss.rawValue
    let asksNumbers = if case .targets = answers { true } else { false }
    let data = "\(configuration.data.title) has \(answers.text)"
    guard asksNumbers == configuration.loss.isRegression else {
      return add(
        asksNumbers
          ? "\(name) is a loss of classes, and \(data) (allowed: squared-error, huber, gaussian-nll)"
          : "\(name) is a loss of numbers to predict, and \(data) (allowed: cross-entropy)",
        keys: "objective.loss", "data.name")
    }
    let needed = configuration.loss.outputCount(targets: answers.outputCount)
    if target.classCount != needed {
      add(
        "the last layer has \(target.classCount) outputs, \(data)"
          + (configuration.loss.givesVariances
            ? ", and as many more give the noise (objective.noise: \(objective.noise.rawValue)): it takes \(needed)"
            : ""),
        keys: "target.layers", "data.name")
    }
    if objective.loss != .huber { leaveOut("objective.huberThreshold", \.huberThreshold) }
    if objective.loss != .gaussian { leaveOut("objective.noise", \.noise) }
    if objective.loss != .gaussian || objective.noise != .fixed {
      leaveOut("objective.noiseDeviation", \.noiseDeviation)
    }
  }

  /// A setting that the loss has no use for: one that was given must be as it comes, one of the preset becomes so.
  private mutating func leaveOut<Value: Equatable>(
    _ key: String, _ path: WritableKeyPath<Configuration.Objective, Value>
  ) {
    let objective = configuration.objective
    let usual = Configuration.mnist.objective[keyPath: path]
    guard objective[keyPath: path] != usual else { return }
    guard places[key] != nil else {
      configuration.objective[keyPath: path] = usual
      return
    }
    add(
      "plays no part under objective.loss: \(objective.loss.rawValue)"
        + (objective.loss == .gaussian
          ? " with objective.noise: \(objective.noise.rawValue)" : "") + " (leave it out)",
      keys: key, "objective.loss")
  }
}
