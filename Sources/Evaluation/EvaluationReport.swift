// All that `evaluate` finds out.

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
  /// nil of a single network.
  public let errorOverlap: ErrorOverlap?
  /// nil without images to fit to.
  public let scaled: Scaled?
  public let outliers: Outliers?

  /// Of all networks together.
  public var calibratedLogLikelihood: Double? { sizes.last?.calibratedLogLikelihood }

  /// `evaluate --json`; `classNames` are the data set's, or none.
  public func json(_ about: [(String, JSONValue)], classNames: [String] = []) -> JSONValue {
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
        ("calibrated_ll", number(calibratedLogLikelihood)),
        ("error_iou_mean", number(errorOverlap?.mean)),
        ("error_iou_max", number(errorOverlap?.maximum)),
        ("classes", .array(result.classes.map { $0.json(classNames) })),
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
      ("calibrated_ll", size.calibratedLogLikelihood.map { .number($0) } ?? .null),
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
