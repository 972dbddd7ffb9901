// Rates and phase times between two rows of metrics.csv.

import Evaluation
import Host
import RunFiles

/// Turns a step's report into a row of metrics.csv. Time spent on validation and checkpoints between
/// `pause` and `resume` counts neither as training nor in the rates.
struct MetricsRecorder {
  private let clock: PhaseClock
  private let imagesPerStep: Int
  private let reduction: String
  private var seconds: Double
  private var lastStep: Int
  private var secondsAtLastRow: Double
  private var resumedAt = monotonicSeconds()

  init(
    clock: PhaseClock, secondsBefore: Double, imagesPerStep: Int, reduction: String, lastStep: Int
  ) {
    self.clock = clock
    self.imagesPerStep = imagesPerStep
    self.reduction = reduction
    self.lastStep = lastStep
    seconds = secondsBefore
    secondsAtLastRow = secondsBefore
    clock.reset()
  }

  mutating func pause() { seconds += monotonicSeconds() - resumedAt }

  mutating func resume() { resumedAt = monotonicSeconds() }

  mutating func row(step: Int, report: StepReport, validation: NetworkFigures?) -> MetricsRow {
    pause()
    resume()
    let steps = step - lastStep
    var row = MetricsRow(step: step)
    row.loss = report.loss
    row.accuracyLoss = report.accuracyLoss
    row.diversityLoss = report.diversity.loss
    row.entropy = report.diversity.entropy
    row.nearestDistance = report.diversity.nearestMean
    row.trainAccuracy = report.trainAccuracy
    row.learningRate = report.learningRate
    row.lambda = report.lambda
    let classes = validation?.classes
    row.validationMeanAccuracy = classes?.meanAccuracy
    row.validationMajorityAccuracy = classes?.majorityAccuracy
    row.validationMeanProbabilityAccuracy = classes?.meanProbabilityAccuracy
    row.validationEntropy = validation?.entropy
    row.validationDisagreement = classes?.disagreement
    row.validationGain = classes?.majorityGain
    row.validationNLL = validation?.nll
    row.validationRMSE = validation?.numbers?.scores.rmse
    row.validationCRPS = validation?.numbers?.scores.crps
    row.reduction = reduction
    row.seconds = seconds
    row.imagesPerSecond = Double(steps * imagesPerStep) / (seconds - secondsAtLastRow)
    for phase in Phase.allCases { row[phase] = clock[phase] / Double(steps) }
    clock.reset()
    lastStep = step
    secondsAtLastRow = seconds
    return row
  }
}
