// metrics.csv: one row a logged step.

import TensorCore

/// One row of metrics.csv; a value that was not measured is an empty field.
public struct MetricsRow: Sendable {
  public var step = 0
  public var report = StepReport()
  /// Seconds of training since step 0, over all sessions of the run.
  public var seconds = 0.0
  public var imagesPerSecond = 0.0
  public var validationMeanAccuracy: Double?
  public var validationMajorityAccuracy: Double?
  public var validationMeanProbabilityAccuracy: Double?
  public var validationEntropy: Double?
  /// Seconds of one step by phase, averaged over the steps since the row before.
  public var phaseSeconds: [Double] = []

  /// Names of the columns; those from `seconds` on are timings, which differ from run to run.
  static let columns: [String] =
    [
      "step", "loss", "accuracy_loss", "diversity_loss", "entropy", "nearest_distance",
      "train_accuracy", "learning_rate", "lambda", "validation_mean_accuracy",
      "validation_majority_accuracy", "validation_mean_probability_accuracy",
      "validation_entropy", "seconds", "images_per_second",
    ] + Phase.allCases.map { "seconds_\($0)" }

  var line: String {
    let values: [Double?] =
      [
        report.loss, report.accuracyLoss, report.diversity.loss, report.diversity.entropy,
        report.diversity.nearestMean, report.trainAccuracy, report.learningRate, report.lambda,
        validationMeanAccuracy, validationMajorityAccuracy, validationMeanProbabilityAccuracy,
        validationEntropy, seconds, imagesPerSecond,
      ] + phaseSeconds
    return "\(step),"
      + values.map { value in
        guard let value, value.isFinite else { return "" }
        return "\(value)"
      }.joined(separator: ",")
  }
}

/// metrics.csv of a run folder; on rank 0 only.
struct MetricsFile {
  let path: String
  /// Seconds of training and the best validation accuracy of the rows that were kept.
  private(set) var secondsBefore = 0.0
  private(set) var bestBefore: Double?

  /// Begins the file, or continues it behind step `step`: rows of later steps, which a resumed run
  /// makes again, are dropped, and so is a line that was cut off.
  init(path: String, continuingFrom step: Int) throws(RunFileError) {
    self.path = path
    let header = MetricsRow.columns.joined(separator: ",")
    var kept = [header]
    let text = step > 0 ? try TextFile.read(path) ?? "" : ""
    let secondsColumn = MetricsRow.columns.firstIndex(of: "seconds")!
    let bestColumn = MetricsRow.columns.firstIndex(of: "validation_majority_accuracy")!
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == MetricsRow.columns.count, let rowStep = Int(fields[0]),
        rowStep <= step
      else { continue }
      kept.append(String(line))
      secondsBefore = Double(fields[secondsColumn]) ?? secondsBefore
      if let accuracy = Double(fields[bestColumn]) {
        bestBefore = max(bestBefore ?? accuracy, accuracy)
      }
    }
    try TextFile.replace(path, with: kept.joined(separator: "\n") + "\n")
  }

  func append(_ row: MetricsRow) throws(RunFileError) {
    try TextFile.append(row.line + "\n", to: path)
  }
}
