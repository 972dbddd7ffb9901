// All that `evaluate` finds out.

import Datasets
import Files

/// An ensemble's figures, its calibration by temperature, what its size does, and how it tells outliers.
public struct EvaluationReport: Sendable {
  public struct Scaled: Sendable {
    public let scaling: TemperatureScaling
    /// Images that the temperature was fitted to.
    public let fittedImages: Int
    /// Of the scaled mean probability.
    public let calibration: CalibrationScores
  }

  public struct Outliers: Sendable {
    public let name: String
    public let images: Int
    /// Means over the outliers, as those of ``EnsembleResult``.
    public let predictiveEntropy: Double
    public let mutualInformation: Double
    public let report: OutlierReport
  }

  public let result: EnsembleResult
  public let sizes: [EnsembleSizeScore]
  /// nil without images to fit to.
  public let scaled: Scaled?
  public let outliers: Outliers?

  /// `evaluate --json`.
  public func json(_ about: [(String, JSONValue)]) -> JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    let width = result.histogramWidth
    let calibration = scaled?.calibration
    return .object(
      about + result.members + [
        ("temperature", number(scaled?.scaling.temperature)),
        ("temperature_images", .integer(scaled?.fittedImages ?? 0)),
        ("scaled_nll", number(calibration?.nll)), ("scaled_brier", number(calibration?.brier)),
        ("scaled_ece", number(calibration?.ece)),
        ("scaled_adaptive_ece", number(calibration?.adaptiveECE)),
        ("ensemble_sizes", .array(sizes.map(json))), ("ood", outliers.map(json) ?? .null),
        (
          "histogram",
          .object([
            ("width", .number(width)),
            ("from", .array(result.histogram(width: width).map { .number($0.from) })),
            ("count", .array(result.histogram(width: width).map { .integer($0.count) })),
          ])
        ), ("accuracies", .array(result.accuracies.map { .number($0) })),
      ])
  }

  private func json(_ size: EnsembleSizeScore) -> JSONValue {
    .object([
      ("size", .integer(size.size)), ("majority_accuracy", .number(size.majorityAccuracy)),
      ("mean_probability_accuracy", .number(size.meanProbabilityAccuracy)),
      ("nll", .number(size.nll)),
    ])
  }

  private func json(_ outliers: Outliers) -> JSONValue {
    func scores(_ detection: OutlierDetection) -> JSONValue {
      .object([
        ("auroc", .number(detection.auroc)), ("aupr", .number(detection.aupr)),
        ("fpr95", .number(detection.fpr95)),
      ])
    }
    return .object([
      ("name", .string(outliers.name)), ("images", .integer(outliers.images)),
      ("predictive_entropy", .number(outliers.predictiveEntropy)),
      ("mutual_information", .number(outliers.mutualInformation)),
      (
        "scores",
        .object([
          ("max_probability", scores(outliers.report.maxProbability)),
          ("entropy", scores(outliers.report.entropy)),
          ("mutual_information", scores(outliers.report.mutualInformation)),
        ])
      ),
    ])
  }
}

extension EnsembleEvaluator {
  /// Runs the networks of a request on all images and puts everything together. Collective. Cost:
  /// networks * images forward passes, of all sets, divided by all cores.
  public func report(
    _ request: EvaluationRequest, on images: EvaluationImages, keepsProbabilities: Bool = false
  ) throws -> EvaluationOutcome {
    let weights = generateOwn(request)
    let statistics = unknownStatistics(request.networkCount)
    func run(_ set: LabeledImages, groups: [Int]? = nil, keeps: Bool = false) throws -> EnsembleRun
    {
      try self.run(
        request.networkCount, on: set, limit: request.imageLimit, groups: groups,
        areCumulative: true, keepsProbabilities: keeps, statistics: statistics,
        weights: copying(weights, request))
    }
    let sizes = EnsembleSizeScore.sizes(upTo: request.networkCount)
    let main = try run(images.evaluated, groups: sizes, keeps: keepsProbabilities)
    let calibration = try images.calibration.flatMap { $0.count > 0 ? try run($0) : nil }
    let outliers = try images.outliers.map { try run($0.images, keeps: keepsProbabilities) }

    let prediction = main.predictions.last!
    var result = EnsembleResult(
      prediction: prediction, accuracies: main.accuracies, labels: main.labels)
    result.entropy = try entropy(weights.view, request)
    let report = EvaluationReport(
      result: result, sizes: main.predictions.map { score($0, main.labels) },
      scaled: calibration.flatMap { scaled(prediction, main.labels, by: $0) },
      outliers: images.outliers.flatMap { set in
        outliers.map { describe(set.name, $0.predictions[0], against: prediction) }
      })
    return EvaluationOutcome(
      report: report, evaluated: main, calibration: calibration, outliers: outliers)
  }

  private func score(_ prediction: EnsemblePrediction, _ labels: [UInt8]) -> EnsembleSizeScore {
    let result = EnsembleResult(prediction: prediction, accuracies: [], labels: labels)
    return EnsembleSizeScore(
      size: prediction.networkCount, majorityAccuracy: result.majorityAccuracy,
      meanProbabilityAccuracy: result.meanProbabilityAccuracy, nll: result.nll)
  }

  private func scaled(
    _ prediction: EnsemblePrediction, _ labels: [UInt8], by run: EnsembleRun
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
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    return EvaluationReport.Outliers(
      name: name, images: outliers.imageCount,
      predictiveEntropy: mean(outliers.predictiveEntropies),
      mutualInformation: mean(outliers.mutualInformation),
      report: OutlierReport(inliers: inliers, outliers: outliers))
  }
}
