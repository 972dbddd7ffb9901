// What `evaluate` writes beside its figures.

/// A report, with the predictions it is made of.
public struct EvaluationOutcome: Sendable {
  public let report: EvaluationReport
  public let evaluated: EnsembleRun
  public let calibration: EnsembleRun?
  public let outliers: EnsembleRun?
}
