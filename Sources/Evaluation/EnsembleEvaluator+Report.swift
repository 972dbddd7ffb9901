// All figures of a request's networks, put together.

import Datasets
import Numerics

extension EnsembleEvaluator {
  /// Accuracies of the networks and of their ensembles on `images`, the entropy of their weights, and what `sample` of them
  /// tells of their layers. Collective. Cost: networks * images forward passes, divided by all cores, and the entropy's.
  public func evaluate(
    _ request: EvaluationRequest, on images: LabeledImages,
    layersOf sample: LayerSample = LayerSample()
  ) throws -> EnsembleResult {
    let found = try validation(request, on: images, layersOf: sample) { networks, deadUnits in
      let run = try self.run(
        request, on: images, deadUnits: deadUnits, statistics: knownStatistics(of: request),
        weights: networks.fill)
      return EnsembleResult(
        prediction: run.predictions[0], accuracies: run.accuracies, labels: run.labels)
    }
    var result = found.result
    (result.entropy, result.layers) = (found.entropy, found.layers)
    return result
  }

  /// What `run` makes of a request's networks, counting hidden units of some of them on the way, with the entropy of their weights and what
  /// their layers tell. Collective.
  func validation<Result>(
    _ request: EvaluationRequest, on images: LabeledImages, layersOf sample: LayerSample,
    run: (_ networks: NetworkBlock, _ deadUnits: DeadUnits) throws -> Result
  ) throws -> (result: Result, entropy: Double?, layers: LayerReport) {
    let (entropy, networks) = try entropy(of: request)
    let sample = layerSample(sample, request, images: images.count)
    let deadUnits = DeadUnits(
      engines: engines, networkCount: sample.networks, imageCount: sample.images)
    let result = try run(networks, deadUnits)
    return (result, entropy, try layerReport(request, deadUnits))
  }

  /// Runs the networks of a request on all images and puts everything together. Collective. Cost:
  /// networks * images forward passes, of all sets, divided by all cores.
  public func report(
    _ request: EvaluationRequest, on images: EvaluationImages, keeps: KeptPredictions = []
  ) throws -> EvaluationOutcome {
    let (entropy, networks) = try entropy(of: request)
    let statistics = knownStatistics(of: request)
    func run(_ set: LabeledImages, groups: [Int]? = nil, keeps: KeptPredictions = []) throws
      -> EnsembleRun
    {
      try self.run(
        request, on: set, groups: groups, areCumulative: true, keeps: keeps, statistics: statistics,
        weights: networks.fill)
    }
    let sizes = EnsembleSizeScore.sizes(upTo: request.networkCount)
    let main = try run(images.evaluated, groups: sizes, keeps: keeps.union(.classes))
    let calibration = try images.calibration.flatMap { $0.count > 0 ? try run($0) : nil }
    let outliers = try images.outliers.map { try run($0.images, keeps: keeps) }

    let prediction = main.predictions.last!
    var result = EnsembleResult(
      prediction: prediction, accuracies: main.accuracies, labels: main.labels)
    result.entropy = entropy
    let report = EvaluationReport(
      result: result,
      sizes: main.predictions.map { score($0, main.labels, seed: request.seed) },
      errorOverlap: try ErrorOverlap(
        main.classes!.view, labels: main.labels, count: request.networkCount, evaluator: self),
      scaled: calibration.flatMap { scaled(prediction, main.labels, by: $0) },
      outliers: images.outliers.flatMap { set in
        outliers.map { describe(set.name, $0.predictions[0], against: prediction) }
      })
    return EvaluationOutcome(
      report: report, evaluated: main, calibration: calibration, outliers: outliers)
  }

  func score(_ prediction: EnsemblePrediction, _ labels: [ClassLabel], seed: UInt64)
    -> EnsembleSizeScore
  {
    let result = EnsembleResult(prediction: prediction, accuracies: [], labels: labels)
    return EnsembleSizeScore(
      size: prediction.networkCount, majorityAccuracy: result.majorityAccuracy,
      meanProbabilityAccuracy: result.meanProbabilityAccuracy, nll: result.nll,
      calibratedLogLikelihood: CalibratedLikelihood(
        probabilities: prediction.meanProbabilities, classCount: prediction.classCount,
        labels: labels, seed: seed, pool: pool)?.value)
  }

  private func scaled(
    _ prediction: EnsemblePrediction, _ labels: [ClassLabel], by run: EnsembleRun
  ) -> EvaluationReport.Scaled? {
    let classCount = prediction.classCount
    return TemperatureScaling(
      fittedTo: run.predictions[0].meanProbabilities, classCount: classCount, labels: run.labels
    ).map { scaling in
      EvaluationReport.Scaled(
        scaling: scaling, fittedImages: run.imageCount,
        calibration: CalibrationScores(
          probabilities: scaling.apply(
            to: prediction.meanProbabilities, classCount: classCount),
          classCount: classCount, labels: labels))
    }
  }

  private func describe(
    _ name: String, _ outliers: EnsemblePrediction, against inliers: EnsemblePrediction
  ) -> EvaluationReport.Outliers {
    EvaluationReport.Outliers(
      name: name, images: outliers.imageCount,
      predictiveEntropy: Statistics.mean(outliers.predictiveEntropies),
      mutualInformation: Statistics.mean(outliers.mutualInformation),
      report: OutlierReport(inliers: inliers, outliers: outliers))
  }
}
