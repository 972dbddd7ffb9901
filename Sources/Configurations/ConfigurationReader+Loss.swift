// Checks of the loss, the data and the outputs against each other.

import Datasets
import TargetNetworks

extension ConfigurationReader {
  /// The loss, the data set and the last layer must fit each other, and what the loss has no use for must be as it comes.
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
    let usual = Configuration.mnist.objective
    let unused: [(String, Bool)] = [
      (
        "objective.huberThreshold",
        objective.loss != .huber && objective.huberThreshold != usual.huberThreshold
      ), ("objective.noise", objective.loss != .gaussian && objective.noise != usual.noise),
      (
        "objective.noiseDeviation",
        (objective.loss != .gaussian || objective.noise != .fixed)
          && objective.noiseDeviation != usual.noiseDeviation
      ),
    ]
    for (key, isGiven) in unused where isGiven {
      add(
        "plays no part under objective.loss: \(name)"
          + (objective.loss == .gaussian
            ? " with objective.noise: \(objective.noise.rawValue)" : "")
          + " (leave it out)", keys: key, "objective.loss")
    }
  }
}
