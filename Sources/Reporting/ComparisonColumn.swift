// The table of a comparison, for text and for pages.

import Analysis
import Evaluation

/// A column of a table of methods.
struct ComparisonColumn<Method> {
  let head: String
  /// Empty where there is nothing to tell.
  let cell: (Method) -> String

  /// Head and rows, names first, without columns in which no method has anything.
  static func table(
    _ columns: [ComparisonColumn], of methods: [Method], _ name: KeyPath<Method, String>
  ) -> (head: [String], rows: [[String]]) {
    let used = columns.filter { column in methods.contains { !column.cell($0).isEmpty } }
    return (
      ["method"] + used.map(\.head),
      methods.map { method in [method[keyPath: name]] + used.map { $0.cell(method) } }
    )
  }
}

extension ComparisonColumn where Method == ComparedMethod {
  /// What networks are worth.
  static var quality: [ComparisonColumn] {
    [
      ComparisonColumn(head: "networks") { "\($0.samples)" },
      ComparisonColumn(head: "mean") { Format.percent($0.meanAccuracy) },
      ComparisonColumn(head: "majority") { Format.percent($0.majorityAccuracy) },
      ComparisonColumn(head: "mean prob.") { Format.percent($0.meanProbabilityAccuracy) },
      ComparisonColumn(head: "NLL") { Format.fixed($0.nll, 4) },
      ComparisonColumn(head: "calibrated LL") { fixed($0.calibratedLogLikelihood, 4) },
      ComparisonColumn(head: "Brier") { Format.fixed($0.brier, 4) },
      ComparisonColumn(head: "ECE") { Format.fixed($0.ece, 4) },
      ComparisonColumn(head: "OOD AUROC") { fixed($0.outlierAUROC, 4) },
      ComparisonColumn(head: "disagree") { $0.disagreement.map(Format.percent) ?? "" },
      ComparisonColumn(head: "error IoU") { fixed($0.errorOverlapMean, 3) },
      ComparisonColumn(head: "at most") { fixed($0.errorOverlapMaximum, 3) },
    ]
  }

  /// What they are worth in independently trained networks, and what they cost.
  static var worth: [ComparisonColumn] {
    [
      ComparisonColumn(head: "DEE") { $0.equivalent.map(size) ?? "" },
      ComparisonColumn(head: "interval") { $0.equivalent.map(interval) ?? "" },
      ComparisonColumn(head: "LL against pool's") { $0.paired.map(difference) ?? "" },
      ComparisonColumn(head: "trained") { $0.trained.map { "\($0)" } ?? "" },
      ComparisonColumn(head: "training FLOPs") { $0.trainingFLOPs.map(Format.figures) ?? "" },
      ComparisonColumn(head: "core time") { $0.coreSeconds.map(Format.duration) ?? "" },
      ComparisonColumn(head: "numbers kept") { $0.storedNumbers.map { "\($0)" } ?? "" },
      ComparisonColumn(head: "FLOPs of one more") { $0.flopsOfOneMore.map(Format.figures) ?? "" },
    ]
  }

  private static func fixed(_ value: Double?, _ decimals: Int) -> String {
    value.map { Format.fixed($0, decimals) } ?? ""
  }

  private static func bound(_ value: Double?, _ pool: Int) -> String {
    value.map { Format.fixed($0, 1) } ?? "> \(pool)"
  }

  private static func size(_ worth: DeepEnsembleEquivalent) -> String {
    bound(worth.size, worth.pool)
  }

  private static func interval(_ worth: DeepEnsembleEquivalent) -> String {
    "\(bound(worth.least, worth.pool)) to \(bound(worth.most, worth.pool))"
  }

  /// With the half width of an interval of 95 %.
  private static func difference(_ paired: PairedDifference) -> String {
    "\(paired.mean < 0 ? "" : "+")\(Format.fixed(paired.mean, 4)) +- "
      + "\(Format.fixed(1.96 * paired.standardError, 4)) (\(paired.networks))"
  }
}
