// What a step tells those who called for it.

import Hypernetworks

/// What one step did, over the whole minibatch; the same on every rank.
public struct StepReport: Sendable {
  /// lambda * accuracyLoss + diversity.loss
  public var loss = 0.0
  /// Mean loss over all latents' images, of cross-entropies in nats.
  public var accuracyLoss = 0.0
  /// Fraction of the minibatch's images classified right.
  public var trainAccuracy = 0.0
  public var diversity = DiversityReport()
  public var learningRate = 0.0
  public var lambda = 0.0
  /// What any rank asked for before the step.
  public var requests: StepRequests = []
  /// Why the step was not made, if it was not.
  public var skipped: SkippedStep?

  public init() {}

  /// A report whose loss follows from its parts.
  init(
    accuracyLoss: Double, trainAccuracy: Double, diversity: DiversityReport, lambda: Double,
    learningRate: Double, requests: StepRequests
  ) {
    loss = lambda * accuracyLoss + diversity.loss
    self.accuracyLoss = accuracyLoss
    self.trainAccuracy = trainAccuracy
    self.diversity = diversity
    self.lambda = lambda
    self.learningRate = learningRate
    self.requests = requests
  }
}
