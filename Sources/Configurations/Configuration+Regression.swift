// The preset of a regression.

import Hypernetworks
import TargetNetworks

extension Configuration {
  /// Networks through forty points of a curve, which differ where there are none: seconds of training.
  static let regression = {
    var configuration = mnist
    configuration.training = Training(
      steps: 3000, seed: 1, latents: 32, imagesPerLatent: 40, learningRate: 2e-3,
      learningRateDecay: 1, schedule: .cosine, finalLearningRate: 2e-5, warmupSteps: 50,
      maxSkippedSteps: 10)
    configuration.objective.loss = .gaussian
    configuration.objective.noise = .fixed
    configuration.objective.noiseDeviation = 0.1
    configuration.objective.lambda = 30
    configuration.objective.entropy.weighting = .function
    configuration.baseline = .regression
    configuration.validation = Validation(every: 500, samples: 100)
    configuration.checkpoint.every = 0
    configuration.data = Data(
      name: "curve", validationCount: 20, augment: .none, normalize: .channel)
    configuration.hypernetwork = HypernetworkArchitecture(
      latentSize: 16, prior: .normal, codeSize: 8, extractorHidden: [64],
      generatorHidden: [[32], [64], [64]], generation: [.filter, .filter, .layer],
      modeSpread: 0.1, initialization: .target)
    configuration.target = [
      .fullyConnected(outputs: 32), .relu, .fullyConnected(outputs: 32), .relu,
      .fullyConnected(outputs: 1),
    ]
    return configuration
  }()
}
