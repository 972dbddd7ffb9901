// How far the predictions' intervals can be trusted.

import Evaluation

/// Fractions of observed numbers below the mixture's quantiles, within its intervals, and the errors of predictions of similar deviation.
public enum CalibrationAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "calibration"
    case expected, observed
  }

  public enum IntervalColumn: String, TableColumn {
    public static let table = "calibration-intervals"
    case level, coverage, width
  }

  public enum SpreadColumn: String, TableColumn {
    public static let table = "calibration-spread"
    case deviation, rmse, count
  }

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let networks = request.networks(request.samples)
    let predictions = try evaluator.predictions(
      networks, on: request.images, statistics: evaluator.knownStatistics(of: networks)
    ) {
      evaluator.generate($0, networks, thread: $1, into: $2)
    }
    let scores = try evaluator.scores(
      predictions, first: request.samples, noise: evaluator.noise(predictions))
    var table = NumberTable(Column.self)
    for (level, observed) in zip(RegressionScores.calibrationLevels, scores.calibration) {
      table.add([.expected: level, .observed: observed])
    }
    var intervals = NumberTable(IntervalColumn.self)
    for interval in scores.intervals {
      intervals.add([
        .level: interval.level, .coverage: interval.coverage, .width: interval.width,
      ])
    }
    var spread = NumberTable(SpreadColumn.self)
    for bin in scores.spread {
      spread.add([.deviation: bin.deviation, .rmse: bin.rmse, .count: Double(bin.count)])
    }
    return AnalysisResult(
      .calibration, tables: [table, intervals, spread],
      summary: [
        "mean distance of the calibration curve from the diagonal: \(percent(scores.calibrationError))"
      ]
        + scores.intervals.map {
          "\(percent($0.level)) intervals hold \(percent($0.coverage)) and are \(figures($0.width)) wide"
        }, facts: [.networks: request.samples])
  }
}
