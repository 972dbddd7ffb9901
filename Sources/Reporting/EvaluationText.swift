// An evaluation's figures as text.

import Evaluation

public enum EvaluationText {
  /// A short table and the histogram of the networks' accuracies.
  public static func describe(
    _ result: EnsembleResult, step: Int, split: String, data: String, seconds: Double
  ) -> String {
    var lines = [
      "step \(step): \(result.samples) generated networks on \(result.images) \(split) images of "
        + "\(data), \(Format.duration(seconds))",
      "  single network     mean \(Format.percent(result.meanAccuracy)), "
        + "std \(Format.percent(result.stdAccuracy)), "
        + "\(Format.percent(result.minAccuracy)) to \(Format.percent(result.maxAccuracy))",
      "  majority vote      \(Format.percent(result.majorityAccuracy))",
      "  mean probability   \(Format.percent(result.meanProbabilityAccuracy)), "
        + "NLL \(Format.fixed(result.nll, 4)), Brier \(Format.fixed(result.brier, 4)), "
        + "ECE \(Format.fixed(result.ece, 4))",
      "  most confident     \(Format.percent(result.mostConfidentAccuracy))",
    ]
    if let entropy = result.entropy {
      lines.append("  entropy            \(Format.fixed(entropy, 1)) nats")
    }
    return (lines + histogram(result)).joined(separator: "\n")
  }

  /// One line a bin of the networks' accuracies, some ten bins of a round width.
  static func histogram(_ result: EnsembleResult) -> [String] {
    let range = result.maxAccuracy - result.minAccuracy
    let widths = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
    let width = widths.first { range / $0 <= 12 } ?? 0.2
    let bins = result.histogram(width: width)
    let most = bins.map(\.count).max() ?? 1
    return bins.map { bin in
      let bar = String(repeating: "#", count: (40 * bin.count + most - 1) / most)
      let label = Format.percent(bin.from)
      return "  " + String(repeating: " ", count: max(0, 9 - label.count)) + label + "  \(bar) "
        + "\(bin.count)"
    }
  }
}
