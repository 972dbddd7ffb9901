import Evaluation
import Numerics

/// Ensembles of generated networks against the single ones.
public enum EnsemblesAnalysis {
  /// The paper's number.
  public static let ensembleCount = 20

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    evaluator.progress = request.progress
    let count = ensembleCount * request.samples
    let networks = request.networks(count)
    let run = try evaluator.run(
      count, on: request.images, limit: request.imageLimit,
      groups: (1...ensembleCount).map { $0 * request.samples },
      weights: { evaluator.generate($0, networks, thread: $1, into: $2) })
    var single = NumberTable("ensembles-networks", ["network", "ensemble", "accuracy"])
    for (network, accuracy) in run.accuracies.enumerated() {
      single.add([Double(network), Double(network / request.samples), accuracy])
    }
    var table = NumberTable(
      "ensembles",
      ["ensemble", "mean_accuracy", "majority_accuracy", "mean_probability_accuracy"])
    for (ensemble, prediction) in run.predictions.enumerated() {
      let own = ensemble * request.samples..<(ensemble + 1) * request.samples
      let result = EnsembleResult(
        prediction: prediction, accuracies: Array(run.accuracies[own]), labels: run.labels)
      table.add([
        Double(ensemble), result.meanAccuracy, result.majorityAccuracy,
        result.meanProbabilityAccuracy,
      ])
    }
    return AnalysisResult(
      .ensembles, tables: [table, single],
      summary: [
        "single networks: mean \(percent(Statistics.mean(run.accuracies)))",
        "\(ensembleCount) ensembles of \(request.samples): mean "
          + "\(percent(Statistics.mean(table["majority_accuracy"]))) by majority vote, "
          + "\(percent(Statistics.mean(table["mean_probability_accuracy"]))) by mean probability",
      ])
  }
}
