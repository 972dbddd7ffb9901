// Methods side by side on the same images.

import Evaluation
import Files

/// What `compare` finds, and the file comparison.json.
public struct Comparison: JSONRecord, Sendable {
  public var data = ""
  public var split = ""
  public var images = 0
  public var seed: UInt64 = 0
  /// Which other images the ensembles were asked to tell.
  public var outliers: String?
  /// The independently trained networks by which others are measured: a method's name.
  public var pool: String?
  public var methods: [ComparedMethod] = []
  /// What a reader should know before believing the table.
  public var warnings: [String] = []

  public init() {}

  /// The file's name in its folder.
  public static let fileName = "comparison.json"

  public static let fields = [
    JSONField("data", \Self.data), JSONField("split", \Self.split),
    JSONField("images", \Self.images), JSONField("seed", \Self.seed),
    JSONField("ood", \Self.outliers), JSONField("pool", \Self.pool),
    JSONField("methods", \Self.methods), JSONField("warnings", \Self.warnings),
  ]

  /// The methods' figures by number; the names stand in comparison.json.
  public enum Column: String, TableColumn {
    public static let table = "comparison"
    case method, samples
    case meanAccuracy = "mean_accuracy"
    case majorityAccuracy = "majority_accuracy"
    case meanProbabilityAccuracy = "mean_probability_accuracy"
    case nll
    case calibrated = "calibrated_ll"
    case brier, ece, disagreement
    case overlap = "error_iou_mean"
    case auroc = "ood_auroc"
    case equivalent = "dee"
    case least = "dee_least"
    case most = "dee_most"
  }

  public enum SizeColumn: String, TableColumn {
    public static let table = "comparison-sizes"
    case method, size
    case majorityAccuracy = "majority_accuracy"
    case meanProbabilityAccuracy = "mean_probability_accuracy"
    case calibrated = "calibrated_ll"
    case deviation = "calibrated_ll_std"
    case equivalent = "dee"
  }

  /// Methods are counted from 0. A DEE beyond the pool is an empty cell.
  public var table: NumberTable<Column> {
    var table = NumberTable(Column.self)
    for (number, method) in methods.enumerated() {
      table.add([
        .method: Double(number), .samples: Double(method.samples),
        .meanAccuracy: method.meanAccuracy, .majorityAccuracy: method.majorityAccuracy,
        .meanProbabilityAccuracy: method.meanProbabilityAccuracy, .nll: method.nll,
        .calibrated: method.calibratedLogLikelihood ?? .nan, .brier: method.brier,
        .ece: method.ece, .disagreement: method.disagreement ?? .nan,
        .overlap: method.errorOverlapMean ?? .nan, .auroc: method.outlierAUROC ?? .nan,
        .equivalent: method.equivalent?.size ?? .nan,
        .least: method.equivalent?.least ?? .nan, .most: method.equivalent?.most ?? .nan,
      ])
    }
    return table
  }

  public var sizeTable: NumberTable<SizeColumn> {
    var table = NumberTable(SizeColumn.self)
    for (number, method) in methods.enumerated() {
      for size in method.sizes {
        table.add([
          .method: Double(number), .size: Double(size.point.size),
          .majorityAccuracy: size.point.majorityAccuracy,
          .meanProbabilityAccuracy: size.point.meanProbabilityAccuracy,
          .calibrated: size.point.calibratedLogLikelihood ?? .nan,
          .deviation: size.point.deviation ?? .nan,
          .equivalent: size.equivalent?.size ?? .nan,
        ])
      }
    }
    return table
  }
}
