// Accuracies of generated networks, alone and together.

import Evaluation

/// The histogram of networks' accuracies, beside their ensembles'.
enum AccuracyAnalysis {
  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    evaluator.progress = request.progress
    let networks = request.networks(request.samples)
    let run = try evaluator.run(
      request.samples, on: request.images, limit: request.imageLimit,
      weights: { evaluator.generate($0, networks, thread: $1, into: $2) })
    let result = EnsembleResult(
      prediction: run.predictions[0], accuracies: run.accuracies, labels: run.labels)
    var table = NumberTable("accuracy", ["network", "accuracy"])
    for (network, accuracy) in run.accuracies.enumerated() {
      table.add([Double(network), accuracy])
    }
    let ensembles = [
      ("mean", result.meanAccuracy), ("majority", result.majorityAccuracy),
      ("mean_probability", result.meanProbabilityAccuracy),
      ("most_confident", result.mostConfidentAccuracy),
    ]
    var together = NumberTable("accuracy-ensemble", ensembles.map(\.0))
    together.add(ensembles.map(\.1))
    return AnalysisResult(
      .accuracy, tables: [table, together],
      summary: [
        "single networks: mean \(percent(result.meanAccuracy)), \(percent(result.minAccuracy)) to "
          + percent(result.maxAccuracy),
        "together: \(percent(result.majorityAccuracy)) by majority vote, "
          + "\(percent(result.meanProbabilityAccuracy)) by mean probability",
      ], facts: ["width": result.histogramWidth])
  }
}
