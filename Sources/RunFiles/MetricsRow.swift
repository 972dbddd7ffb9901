// What metrics.csv says of one step.

import Host

/// One row of metrics.csv; nil is an empty field: not measured, or not finite.
package struct MetricsRow: Sendable, Equatable {
  package var step: Int
  package var loss: Double?
  package var accuracyLoss: Double?
  package var diversityLoss: Double?
  package var entropy: Double?
  package var nearestDistance: Double?
  package var trainAccuracy: Double?
  package var learningRate: Double?
  package var lambda: Double?
  package var validationMeanAccuracy: Double?
  package var validationMajorityAccuracy: Double?
  package var validationMeanProbabilityAccuracy: Double?
  package var validationEntropy: Double?
  /// Of pairs of validated networks, the fraction of images of which they name different classes.
  package var validationDisagreement: Double?
  /// The majority vote's accuracy minus the networks' mean accuracy.
  package var validationGain: Double?
  /// Of all validated networks together; of their mean prediction; of their mixture.
  package var validationNLL: Double?
  package var validationRMSE: Double?
  package var validationCRPS: Double?
  /// How numbers of different ranks were added; there was only one way before there was a choice.
  package var reduction = "reproducible"
  /// Of training since step 0, over all sessions of the run.
  package var seconds: Double?
  package var imagesPerSecond: Double?
  private var phaseSeconds = [Double?](repeating: nil, count: Phase.allCases.count)

  package init(step: Int) { self.step = step }

  /// Seconds of one step in a phase, averaged over the steps since the row before.
  package subscript(phase: Phase) -> Double? {
    get { phaseSeconds[phase.rawValue] }
    set { phaseSeconds[phase.rawValue] = newValue }
  }
}
