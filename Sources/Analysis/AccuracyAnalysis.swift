// Accuracies of generated networks, alone and together.

import Evaluation

/// The histogram of networks' accuracies, beside their ensembles'.
public enum AccuracyAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "accuracy"
    case network, accuracy
  }

  public enum EnsembleColumn: String, TableColumn {
    public static let table = "accuracy-ensemble"
    case mean, majority
    case meanProbability = "mean_probability"
    case mostConfident = "most_confident"
  }

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let networks = request.networks(request.samples)
    let run = try evaluator.run(
      networks, on: request.images, statistics: evaluator.knownStatistics(of: networks),
      weights: { evaluator.generate($0, networks, thread: $1, into: $2) })
    let result = EnsembleResult(
      prediction: run.predictions[0], accuracies: run.accuracies, labels: run.labels)
    var table = NumberTable(Column.self)
    for (network, accuracy) in run.accuracies.enumerated() {
      table.add([.network: Double(network), .accuracy: accuracy])
    }
    var together = NumberTable(EnsembleColumn.self)
    together.add([
      .mean: result.meanAccuracy, .majority: result.majorityAccuracy,
      .meanProbability: result.meanProbabilityAccuracy,
      .mostConfident: result.mostConfidentAccuracy,
    ])
    return AnalysisResult(
      .accuracy, tables: [table, together],
      summary: [
        "single networks: mean \(percent(result.meanAccuracy)), \(percent(result.minAccuracy)) to "
          + percent(result.maxAccuracy),
        "together: \(percent(result.majorityAccuracy)) by majority vote, "
          + "\(percent(result.meanProbabilityAccuracy)) by mean probability",
      ])
  }
}
