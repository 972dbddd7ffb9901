// Which analysis is which.

import Evaluation

extension AnalysisKind {
  /// Units of work of one rank that ``AnalysisRequest/progress`` hears of.
  public func work(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) -> Int {
    func passes(_ networks: Int) -> Int {
      evaluator.ownNetworks(networks).count * request.imageCount
    }
    return switch self {
    case .accuracy, .scatter, .similarity, .calibration: passes(request.samples)
    case .predictions:
      passes(request.samples)
        + (request.training?.shape.count == 1
          ? evaluator.ownNetworks(request.samples).count * PredictionsAnalysis.curvePoints : 0)
    case .filters: 0
    case .paths:
      passes(
        PathsAnalysis.pathCount(evaluator, request.samples) * PathsAnalysis.pointCount)
    case .ensembles: passes(EnsemblesAnalysis.ensembleCount * request.samples)
    case .adversarial: request.imageCount / evaluator.communicator.size
    }
  }

  /// Does the analysis: the same tables on every rank, and the same whatever their number. Collective.
  public func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    guard request.imageCount > 0 else {
      throw EvaluationError(description: "there are no images to analyze networks on")
    }
    return switch self {
    case .accuracy: try AccuracyAnalysis.run(evaluator, request)
    case .filters: try FiltersAnalysis.run(evaluator, request)
    case .scatter: try ScatterAnalysis.run(evaluator, request)
    case .paths: try PathsAnalysis.run(evaluator, request)
    case .ensembles: try EnsemblesAnalysis.run(evaluator, request)
    case .adversarial: try AdversarialAnalysis.run(evaluator, request)
    case .similarity: try SimilarityAnalysis.run(evaluator, request)
    case .predictions: try PredictionsAnalysis.run(evaluator, request)
    case .calibration: try CalibrationAnalysis.run(evaluator, request)
    }
  }
}
