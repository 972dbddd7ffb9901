// Whether many together do better than each alone.

import Evaluation
import Numerics

/// Ensembles of generated networks against the single ones.
public enum EnsemblesAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "ensembles"
    case ensemble
    case meanAccuracy = "mean_accuracy"
    case majorityAccuracy = "majority_accuracy"
    case meanProbabilityAccuracy = "mean_probability_accuracy"
  }

  public enum NetworkColumn: String, TableColumn {
    public static let table = "ensembles-networks"
    case network, ensemble, accuracy
  }

  /// The paper's number.
  public static let ensembleCount = 20

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let count = ensembleCount * request.samples
    let networks = request.networks(count)
    let run = try evaluator.run(
      networks, on: request.images, groups: (1...ensembleCount).map { $0 * request.samples },
      statistics: evaluator.knownStatistics(of: networks),
      weights: { evaluator.generate($0, networks, thread: $1, into: $2) })
    var single = NumberTable(NetworkColumn.self)
    for (network, accuracy) in run.accuracies.enumerated() {
      single.add([
        .network: Double(network), .ensemble: Double(network / request.samples),
        .accuracy: accuracy,
      ])
    }
    var table = NumberTable(Column.self)
    for (ensemble, prediction) in run.predictions.enumerated() {
      let own = ensemble * request.samples..<(ensemble + 1) * request.samples
      let result = EnsembleResult(
        prediction: prediction, accuracies: Array(run.accuracies[own]), labels: run.labels)
      table.add([
        .ensemble: Double(ensemble), .meanAccuracy: result.meanAccuracy,
        .majorityAccuracy: result.majorityAccuracy,
        .meanProbabilityAccuracy: result.meanProbabilityAccuracy,
      ])
    }
    return AnalysisResult(
      .ensembles, tables: [table, single],
      summary: [
        "single networks: mean \(percent(Statistics.mean(run.accuracies)))",
        "\(ensembleCount) ensembles of \(request.samples): mean "
          + "\(percent(Statistics.mean(table[.majorityAccuracy]))) by majority vote, "
          + "\(percent(Statistics.mean(table[.meanProbabilityAccuracy]))) by mean probability",
      ])
  }
}
