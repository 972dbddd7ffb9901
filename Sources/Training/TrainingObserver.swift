// What a training run tells whoever watches it.

import Configurations
import Evaluation

/// Follows a run on rank 0, between steps.
public protocol TrainingObserver: AnyObject {
  func started(_ start: TrainingStart)
  /// After every step; `row` where the step was logged.
  func finishedStep(_ step: Int, _ report: StepReport, row: MetricsRow?)
  /// A step was not made, the `count`-th in a row.
  func skippedStep(_ step: Int, _ skipped: SkippedStep, count: Int)
  func validated(_ step: Int, _ result: EnsembleResult)
  func saved(_ step: Int, path: String, isBest: Bool)
  func stopped(_ outcome: TrainingOutcome)
}

/// How a run begins.
public struct TrainingStart: Sendable {
  public var runDirectory: String
  public var dataName: String
  public var dataLocation: String
  public var parameterCount: Int
  public var weightCount: Int
  public var rankCount: Int
  public var threadCount: Int
  /// The last step already made; 0 for a new run.
  public var resumedStep: Int
  public var resumedFrom: String?
  public var steps: Int
  /// Images of a step; points of the toy problem.
  public var imagesPerStep: Int
  public var problem: Configuration.Generates
}

/// How a run ended.
public struct TrainingOutcome: Sendable {
  public var step: Int
  /// The signal that asked for the end before the last step, if one did.
  public var stopSignal: String?
  /// Seconds of training in this session.
  public var seconds: Double
  public var checkpoint: String?
  public var validation: EnsembleResult?
}
