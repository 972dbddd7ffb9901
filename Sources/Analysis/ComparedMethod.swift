// One of the methods that are compared.

import Evaluation
import Files

/// An ensemble's figures beside others'. Keys, units and formulas are those of `evaluate --json`, where it has them.
public struct ComparedMethod: JSONRecord, Sendable {
  public var name = ""
  public var file = ""
  /// What the networks are, in words, and how training images were changed.
  public var networks = ""
  public var augment = ""
  public var step: Int?
  public var samples = 0
  public var meanAccuracy = 0.0
  public var stdAccuracy = 0.0
  public var majorityAccuracy = 0.0
  public var meanProbabilityAccuracy = 0.0
  public var nll = 0.0
  /// At the temperature that fits the validation images.
  public var scaledNLL: Double?
  public var calibratedLogLikelihood: Double?
  public var brier = 0.0
  public var ece = 0.0
  public var disagreement: Double?
  public var errorOverlapMean: Double?
  public var errorOverlapMaximum: Double?
  /// How well the entropy of the mean probability tells other images: area under the ROC curve.
  public var outlierAUROC: Double?
  public var trained: Int?
  public var trainingFLOPs: Double?
  public var coreSeconds: Double?
  public var storedNumbers: Int?
  public var flopsOfOneMore: Double?
  /// Of all networks; nil without a pool of independent ones.
  public var equivalent: DeepEnsembleEquivalent?
  /// To as many networks of the pool.
  public var paired: PairedDifference?
  public var sizes: [Size] = []

  /// A point of the curve, and what it is worth.
  public struct Size: JSONRecord, Sendable {
    public var point = EnsembleCurve.Point()
    public var equivalent: DeepEnsembleEquivalent?

    public init() {}

    public static let fields =
      EnsembleCurve.Point.fields.map { $0.of(\Self.point) } + [JSONField("dee", \Self.equivalent)]
  }

  public init() {}

  public init(name: String, file: String, _ report: EvaluationReport) {
    (self.name, self.file) = (name, file)
    let result = report.result
    samples = result.samples
    meanAccuracy = result.meanAccuracy
    stdAccuracy = result.stdAccuracy
    majorityAccuracy = result.majorityAccuracy
    meanProbabilityAccuracy = result.meanProbabilityAccuracy
    nll = result.nll
    scaledNLL = report.scaled?.calibration.nll
    calibratedLogLikelihood = report.calibratedLogLikelihood
    brier = result.brier
    ece = result.ece
    disagreement = result.disagreement
    errorOverlapMean = report.errorOverlap?.mean
    errorOverlapMaximum = report.errorOverlap?.maximum
    outlierAUROC = report.outliers?.report.entropy.auroc
  }

  /// Takes in what the size of the ensemble does, measured against a pool's `reference`, if there is one.
  public mutating func add(_ curve: EnsembleCurve, reference: EnsembleCurve?) {
    sizes = curve.points.map { point in
      var size = Size()
      size.point = point
      size.equivalent = reference.flatMap { reference in
        point.calibratedLogLikelihood.flatMap { DeepEnsembleEquivalent(of: $0, curve: reference) }
      }
      return size
    }
    equivalent = sizes.last?.equivalent
  }

  public static let fields = [
    JSONField("name", \Self.name), JSONField("file", \Self.file),
    JSONField("networks", \Self.networks), JSONField("augment", \Self.augment),
    JSONField("step", \Self.step), JSONField("samples", \Self.samples),
    JSONField("mean_accuracy", \Self.meanAccuracy), JSONField("std_accuracy", \Self.stdAccuracy),
    JSONField("majority_accuracy", \Self.majorityAccuracy),
    JSONField("mean_probability_accuracy", \Self.meanProbabilityAccuracy),
    JSONField("nll", \Self.nll), JSONField("scaled_nll", \Self.scaledNLL),
    JSONField("calibrated_ll", \Self.calibratedLogLikelihood), JSONField("brier", \Self.brier),
    JSONField("ece", \Self.ece), JSONField("disagreement", \Self.disagreement),
    JSONField("error_iou_mean", \Self.errorOverlapMean),
    JSONField("error_iou_max", \Self.errorOverlapMaximum),
    JSONField("ood_auroc", \Self.outlierAUROC), JSONField("trained", \Self.trained),
    JSONField("training_flops", \Self.trainingFLOPs),
    JSONField("core_seconds", \Self.coreSeconds),
    JSONField("stored_numbers", \Self.storedNumbers),
    JSONField("one_more_flops", \Self.flopsOfOneMore), JSONField("dee", \Self.equivalent),
    JSONField("paired", \Self.paired), JSONField("sizes", \Self.sizes),
  ]
}
