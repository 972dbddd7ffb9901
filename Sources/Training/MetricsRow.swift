import Host

/// One row of metrics.csv; a value that was not measured is an empty field.
public struct MetricsRow: Sendable {
  public var step = 0
  public var report = StepReport()
  /// How numbers of different ranks were added.
  public var reduction = MetricsRow.defaultReduction
  /// Seconds of training since step 0, over all sessions of the run.
  public var seconds = 0.0
  public var imagesPerSecond = 0.0
  public var validationMeanAccuracy: Double?
  public var validationMajorityAccuracy: Double?
  public var validationMeanProbabilityAccuracy: Double?
  public var validationEntropy: Double?
  /// Seconds of one step by phase, averaged over the steps since the row before.
  public var phaseSeconds: [Double] = []

  /// The only one before there was a choice.
  static let defaultReduction = "reproducible"

  /// Names of the columns; those from `seconds` on are timings, which differ from run to run.
  static let columns: [String] =
    [
      "step", "loss", "accuracy_loss", "diversity_loss", "entropy", "nearest_distance",
      "train_accuracy", "learning_rate", "lambda", "validation_mean_accuracy",
      "validation_majority_accuracy", "validation_mean_probability_accuracy",
      "validation_entropy", "reduction", "seconds", "images_per_second",
    ] + Phase.allCases.map { "seconds_\($0)" }

  /// All columns that hold numbers besides the step, with their values.
  var numbers: [(column: String, value: Double?)] {
    let columns = Self.columns.filter { $0 != "step" && $0 != "reduction" }
    return Array(zip(columns, results + timings))
  }

  private var results: [Double?] {
    [
      report.loss, report.accuracyLoss, report.diversity.loss, report.diversity.entropy,
      report.diversity.nearestMean, report.trainAccuracy, report.learningRate, report.lambda,
      validationMeanAccuracy, validationMajorityAccuracy, validationMeanProbabilityAccuracy,
      validationEntropy,
    ]
  }

  private var timings: [Double?] { [seconds, imagesPerSecond] + phaseSeconds }

  var line: String {
    func text(_ value: Double?) -> String {
      guard let value, value.isFinite else { return "" }
      return "\(value)"
    }
    return (["\(step)"] + results.map(text) + [reduction] + timings.map(text))
      .joined(separator: ",")
  }
}
