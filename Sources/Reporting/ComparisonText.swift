// A comparison as text.

import Analysis

public enum ComparisonText {
  /// The table in two parts, and what to know before believing it.
  public static func describe(_ comparison: Comparison, seconds: Double) -> String {
    var lines = [
      "\(comparison.methods.count) methods on \(comparison.images) \(comparison.split) images of \(comparison.data)"
        + (comparison.outliers.map { " (OOD: \($0))" } ?? "") + ", \(Format.duration(seconds))"
    ]
    typealias Column = ComparisonColumn<ComparedMethod>
    for columns in [Column.quality, Column.worth] {
      let (head, rows) = Column.table(columns, of: comparison.methods, \.name)
      if head.count > 1 { lines.append(TextTable(head, rows).text) }
    }
    if let pool = comparison.pool { lines.append("  \(explanation(pool))") }
    lines += comparison.warnings.map { "  note: \($0)" }
    return lines.joined(separator: "\n")
  }

  /// What the equivalents mean.
  static func explanation(_ pool: String) -> String {
    "DEE: independently trained networks, those of \(pool), with the same calibrated log-likelihood (1: no better than one); "
      + "LL against pool's: of as many of its networks, in brackets, image by image, with an interval of 95 %"
  }
}
