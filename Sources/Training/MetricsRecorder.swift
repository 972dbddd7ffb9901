// Rates and phase times between two rows of metrics.csv.

import Evaluation
import Host

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

  mutating func row(step: Int, report: StepReport, validation: EnsembleResult?) -> MetricsRow {
    pause()
    resume()
    let steps = step - lastStep
    var row = MetricsRow()
    row.step = step
    row.report = report
    row.reduction = reduction
    row.seconds = seconds
    row.imagesPerSecond = Double(steps * imagesPerStep) / (seconds - secondsAtLastRow)
    row.validationMeanAccuracy = validation?.meanAccuracy
    row.validationMajorityAccuracy = validation?.majorityAccuracy
    row.validationMeanProbabilityAccuracy = validation?.meanProbabilityAccuracy
    row.validationEntropy = validation?.entropy
    row.phaseSeconds = Phase.allCases.map { clock[$0] / Double(steps) }
    clock.reset()
    lastStep = step
    secondsAtLastRow = seconds
    return row
  }
}
