// What generated networks' layers tell, as text.

import Evaluation

public enum LayerText {
  static let header = ["layer", "share of the distance", "dead units"]

  /// A row a layer, "-" where there is nothing to tell.
  static func rows(_ report: LayerReport) -> [[String]] {
    report.layers.map { layer in
      [layer.name] + [layer.distanceShare, layer.deadUnits].map { $0.map(Format.percent) ?? "-" }
    }
  }

  /// What networks generated from a checkpoint say together, the table of their layers, and warnings.
  public static func describe(_ result: EnsembleResult, images split: String) -> String {
    var lines = [
      "\(result.samples) generated networks on \(result.images) \(split) images",
      "  mean accuracy      \(Format.percent(result.meanAccuracy))",
      "  majority vote      \(Format.percent(result.majorityAccuracy)), gain "
        + "\(Format.fixed(100 * result.majorityGain, 2)) points",
    ]
    if let disagreement = result.disagreement {
      lines.append("  pairs disagree on  \(Format.percent(disagreement)) of the images")
    }
    if let report = result.layers {
      var table = TextTable(header)
      for row in rows(report) { table.add(row) }
      lines += [table.text] + report.warnings.map { "warning: \($0)" }
    }
    return lines.joined(separator: "\n")
  }
}
