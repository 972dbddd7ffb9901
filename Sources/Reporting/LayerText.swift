// What generated networks' layers tell, as text.

import Evaluation
import Numerics

public enum LayerText {
  static let header = ["layer", "share of the distance", "dead units"]

  /// A row a layer, "-" where there is nothing to tell.
  static func rows(_ report: LayerReport) -> [[String]] {
    report.layers.map { layer in
      [layer.name] + [layer.distanceShare, layer.deadUnits].map { $0.map(Format.percent) ?? "-" }
    }
  }

  /// What networks generated from a checkpoint say together, the table of their layers, and warnings.
  public static func describe(_ figures: NetworkFigures, images split: String) -> String {
    var lines =
      switch figures {
      case .classes(let result): describe(result, split)
      case .numbers(let result):
        [
          "\(result.samples) generated networks on \(result.images) \(split) images",
          "  mean RMSE          \(Format.figures(Statistics.mean(result.networkRMSE)))",
          "  RMSE of their mean \(Format.figures(result.scores.rmse)), NLL of their mixture "
            + Format.fixed(result.scores.nll, 4),
        ]
      }
    if let report = figures.layers {
      var table = TextTable(header)
      for row in rows(report) { table.add(row) }
      lines += [table.text] + report.warnings.map { "warning: \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  private static func describe(_ result: EnsembleResult, _ split: String) -> [String] {
    var lines = [
      "\(result.samples) generated networks on \(result.images) \(split) images",
      "  mean accuracy      \(Format.percent(result.meanAccuracy))",
      "  majority vote      \(Format.percent(result.majorityAccuracy)), gain "
        + "\(Format.fixed(100 * result.majorityGain, 2)) points",
    ]
    if let disagreement = result.disagreement {
      lines.append("  pairs disagree on  \(Format.percent(disagreement)) of the images")
    }
    return lines
  }
}
