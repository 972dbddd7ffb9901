// A regression's figures as text.

import Evaluation
import Numerics

public enum RegressionText {
  /// Short tables.
  public static func describe(
    _ report: RegressionReport, state: String, split: String, data: String,
    targetNames: [String] = [], seconds: Double
  ) -> String {
    let (result, scores) = (report.result, report.result.scores)
    func range(_ values: [Double]) -> String {
      "mean \(Format.figures(Statistics.mean(values))), \(Format.figures(values.min() ?? .nan)) to "
        + Format.figures(values.max() ?? .nan)
    }
    var lines = [
      "\(state): \(result.samples) networks on \(result.images) \(split) images of "
        + "\(data), \(Format.duration(seconds))",
      "  single network     RMSE \(range(result.networkRMSE))",
      "                     MAE \(range(result.networkMAE))",
      "                     NLL \(range(result.networkNLL))",
      "  their mean         RMSE \(Format.figures(scores.rmse)), MAE \(Format.figures(scores.mae))",
      "  their mixture      NLL \(Format.fixed(scores.nll, 4)), CRPS \(Format.figures(scores.crps)), "
        + "calibration error \(Format.percent(scores.calibrationError))",
      "  deviation          \(Format.figures(scores.deviation)), of which networks differ by "
        + Format.figures(scores.networkSpread),
    ]
    if let noise = result.noise {
      lines.append(
        "  noise taken        \(noise.map(Format.figures).joined(separator: ", ")) (fitted to "
          + "\(report.noiseImages) \(report.isNoiseHeldOut ? "validation" : "of these") images: the loss has none)"
      )
    }
    if result.targets > 1 {
      let errors = scores.targetRMSE.enumerated().map { target, rmse in
        (targetNames.isEmpty ? "" : "\(targetNames[target]) ") + Format.figures(rmse)
      }
      lines.append("  RMSE by target     \(errors.joined(separator: ", "))")
    }
    if let entropy = result.entropy {
      lines.append("  entropy of weights \(Format.fixed(entropy, 1)) nats")
    }
    return (lines + [intervals(scores), spread(scores)] + sizes(report.sizes))
      .joined(separator: "\n")
  }

  private static func intervals(_ scores: RegressionScores) -> String {
    var table = TextTable(["interval", "coverage", "mean width"])
    for interval in scores.intervals {
      table.add([
        Format.fixed(100 * interval.level, 0) + " %", Format.percent(interval.coverage),
        Format.figures(interval.width),
      ])
    }
    return table.text
  }

  private static func spread(_ scores: RegressionScores) -> String {
    var table = TextTable(["predicted deviation", "RMSE", "targets"])
    for bin in scores.spread {
      table.add([Format.figures(bin.deviation), Format.figures(bin.rmse), "\(bin.count)"])
    }
    return table.text
  }

  private static func sizes(_ sizes: [RegressionScores]) -> [String] {
    guard sizes.count > 1 else { return [] }
    var table = TextTable(["networks", "RMSE", "NLL", "CRPS"])
    for size in sizes {
      table.add([
        "\(size.networkCount)", Format.figures(size.rmse), Format.fixed(size.nll, 4),
        Format.figures(size.crps),
      ])
    }
    return [table.text]
  }
}
