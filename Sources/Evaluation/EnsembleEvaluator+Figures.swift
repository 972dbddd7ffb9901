// Measuring networks, whatever they are asked.

import Datasets
import Numerics

extension EnsembleEvaluator {
  /// Figures of networks alone and together on `images`, the entropy of their weights, and what `sample` of them tells of their
  /// layers. Collective. Cost: networks * images forward passes, divided by all cores, and the entropy's.
  public func figures(
    _ request: EvaluationRequest, on images: LabeledImages,
    layersOf sample: LayerSample = LayerSample()
  ) throws -> NetworkFigures {
    target.loss.isRegression
      ? .numbers(try evaluateRegression(request, on: images, layersOf: sample))
      : .classes(try evaluate(request, on: images, layersOf: sample))
  }

  /// How good each network of a request is: its accuracy, or where networks predict numbers the root of its mean square error. Collective.
  /// `fill` is as in ``run(_:on:groups:areCumulative:deadUnits:keeps:statistics:weights:)``.
  public func networkScores(
    _ request: EvaluationRequest, on images: LabeledImages, statistics: KnownStatistics? = nil,
    weights fill: @Sendable (_ network: Int, _ slot: Int, _ weights: FloatView) -> Void
  ) throws -> [Double] {
    guard target.loss.isRegression else {
      return try run(request, on: images, statistics: statistics, weights: fill).accuracies
    }
    let predictions = try predictions(
      request, on: images, statistics: statistics, weights: fill)
    return (0..<predictions.networkCount).map { predictions.errors(of: $0).rmse }
  }
}
