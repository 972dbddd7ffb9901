// metrics.csv: one row a logged step.

import TensorCore

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

/// metrics.csv of a run folder; on rank 0 only.
struct MetricsFile {
  let path: String
  /// Seconds of training and the best validation accuracy of the rows that were kept.
  private(set) var secondsBefore = 0.0
  private(set) var bestBefore: Double?

  /// Begins the file, or continues it behind step `step`: rows of later steps, which a resumed run
  /// makes again, are dropped, and so is a line that was cut off. Columns are found by their names.
  init(path: String, continuingFrom step: Int) throws(RunFileError) {
    self.path = path
    let header = MetricsRow.columns.joined(separator: ",")
    var kept = [header]
    let text = step > 0 ? try TextFile.read(path) ?? "" : ""
    let secondsColumn = MetricsRow.columns.firstIndex(of: "seconds")!
    let bestColumn = MetricsRow.columns.firstIndex(of: "validation_majority_accuracy")!
    let lines = text.split(separator: "\n")
    let names = Self.fields(lines.first ?? "")
    let places = MetricsRow.columns.map { names.firstIndex(of: Substring($0)) }
    for line in lines.dropFirst() {
      let found = Self.fields(line)
      guard found.count == names.count, let rowStep = Int(found[0]), rowStep <= step else {
        continue
      }
      let fields = zip(MetricsRow.columns, places).map { column, place in
        place.map { found[$0] } ?? (column == "reduction" ? MetricsRow.defaultReduction[...] : "")
      }
      kept.append(fields.joined(separator: ","))
      secondsBefore = Double(fields[secondsColumn]) ?? secondsBefore
      if let accuracy = Double(fields[bestColumn]) {
        bestBefore = max(bestBefore ?? accuracy, accuracy)
      }
    }
    try TextFile.replace(path, with: kept.joined(separator: "\n") + "\n")
  }

  private static func fields(_ line: Substring) -> [Substring] {
    line.split(separator: ",", omittingEmptySubsequences: false)
  }

  func append(_ row: MetricsRow) throws(RunFileError) {
    try TextFile.append(row.line + "\n", to: path)
  }
}
