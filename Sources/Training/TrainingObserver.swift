// What a training run tells whoever watches it.

import Evaluation

/// Follows a run on rank 0, between steps.
public protocol TrainingObserver: AnyObject {
  func started(_ start: TrainingStart)
  /// Something to know before believing what follows.
  func warned(_ text: String)
  /// After every step.
  func finishedStep(_ step: Int, _ report: StepReport)
  /// A step was not made, the `count`-th in a row.
  func skippedStep(_ step: Int, _ skipped: SkippedStep, count: Int)
  func validated(_ step: Int, _ figures: NetworkFigures)
  func saved(_ step: Int, path: String, isBest: Bool)
  func stopped(_ outcome: TrainingOutcome)
}
