// What networks predict together, with intervals, beside what was observed.

import Datasets
import Evaluation
import Numerics

/// The mixture of the networks' predictions: for each image of the split, and, where images are a single feature, along that feature, a
/// quarter of its training values' range beyond them on both sides.
public enum PredictionsAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "predictions"
    case image, target, observed, mean, deviation
    case low95, low50, high50, high95
  }

  /// What the networks predict along the only feature.
  public enum CurveColumn: String, TableColumn {
    public static let table = "predictions-curve"
    case target, input, mean, deviation
    case low95, low50, high50, high95
    /// How far single networks' predictions differ: their standard deviation.
    case spread
  }

  /// Single networks along it.
  public enum NetworkColumn: String, TableColumn {
    public static let table = "predictions-networks"
    case target, network, input, prediction
  }

  /// What they were trained on.
  public enum TrainingColumn: String, TableColumn {
    public static let table = "predictions-training"
    case target, input, observed
  }

  static let curvePoints = 201
  /// Networks that are drawn alone.
  static let drawnNetworks = 20

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let networks = request.networks(request.samples)
    let known = evaluator.knownStatistics(of: networks)
    func predict(_ images: LabeledImages, limit: Int?) throws -> MemberPredictions {
      let request = EvaluationRequest(
        networkCount: networks.networkCount, seed: networks.seed, imageLimit: limit,
        progress: networks.progress)
      return try evaluator.predictions(request, on: images, statistics: known) {
        evaluator.generate($0, networks, thread: $1, into: $2)
      }
    }
    let predictions = try predict(request.images, limit: request.imageLimit)
    let noise = evaluator.noise(predictions)
    let rows = summaries(predictions, noise: noise)
    var table = NumberTable(Column.self)
    for (pair, row) in rows.enumerated() {
      table.add([
        .image: Double(pair / predictions.targetCount),
        .target: Double(pair % predictions.targetCount), .observed: predictions.observed[pair],
        .mean: row.mean, .deviation: row.deviation, .low95: row.low95, .low50: row.low50,
        .high50: row.high50, .high95: row.high95,
      ])
    }
    var tables: [any CSVTable] = [table]
    if let training = request.training, training.shape.count == 1 {
      let grid = CurveGrid(training)
      tables += curve(
        try predict(grid.images, limit: nil), inputs: grid.inputs, noise: noise)
      tables.append(trainingTable(training, grid))
    }
    let scores = try evaluator.scores(predictions, first: request.samples, noise: noise)
    return AnalysisResult(
      .predictions, tables: tables,
      summary: [
        "\(request.samples) networks: RMSE of their mean \(figures(scores.rmse)), of what they predict "
          + "a deviation of \(figures(scores.deviation)), of which they differ by "
          + figures(scores.networkSpread)
      ]
        + scores.intervals.map {
          "\(percent($0.level)) intervals hold \(percent($0.coverage)) and are \(figures($0.width)) wide"
        }, facts: [.networks: request.samples])
  }

  /// The mixture of an image's target.
  private struct Summary {
    let mean, deviation, spread: Double
    let low95, low50, high50, high95: Double

    init(_ mixture: NormalMixture) {
      mean = mixture.mean
      deviation = mixture.variance.squareRoot()
      spread = mixture.spreadVariance.squareRoot()
      (low95, high95) = (mixture.quantile(0.025), mixture.quantile(0.975))
      (low50, high50) = (mixture.quantile(0.25), mixture.quantile(0.75))
    }
  }

  /// Of each image's targets.
  private static func summaries(
    _ predictions: MemberPredictions, noise: [Double]?
  ) -> [Summary] {
    (0..<predictions.imageCount * predictions.targetCount).map { pair in
      Summary(
        predictions.mixture(
          first: predictions.networkCount, pair / predictions.targetCount,
          pair % predictions.targetCount, noise: noise))
    }
  }

  private static func curve(
    _ predictions: MemberPredictions, inputs: [Double], noise: [Double]?
  ) -> [any CSVTable] {
    let targets = predictions.targetCount
    let rows = summaries(predictions, noise: noise)
    var curve = NumberTable(CurveColumn.self)
    var single = NumberTable(NetworkColumn.self)
    for target in 0..<targets {
      for (place, input) in inputs.enumerated() {
        let row = rows[place * targets + target]
        curve.add([
          .target: Double(target), .input: input, .mean: row.mean, .deviation: row.deviation,
          .low95: row.low95, .low50: row.low50, .high50: row.high50, .high95: row.high95,
          .spread: row.spread,
        ])
      }
      for network in 0..<min(drawnNetworks, predictions.networkCount) {
        for (place, input) in inputs.enumerated() {
          single.add([
            .target: Double(target), .network: Double(network), .input: input,
            .prediction: predictions.mean(network, place, target),
          ])
        }
      }
    }
    return [curve, single]
  }

  private static func trainingTable(_ training: LabeledImages, _ grid: CurveGrid) -> any CSVTable {
    var table = NumberTable(TrainingColumn.self)
    guard let targets = training.targets else { return table }
    for target in 0..<targets.outputCount {
      for (image, input) in grid.trainingInputs.enumerated() {
        table.add([
          .target: Double(target), .input: input,
          .observed: Double(targets.value(image, target)),
        ])
      }
    }
    return table
  }
}
