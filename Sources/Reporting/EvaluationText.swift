// An evaluation's figures as text.

import Evaluation

public enum EvaluationText {
  /// Short tables and the histogram of the networks' accuracies.
  public static func describe(
    _ report: EvaluationReport, state: String, split: String, data: String,
    classNames: [String] = [], seconds: Double
  ) -> String {
    let result = report.result
    var lines = [
      "\(state): \(result.samples) networks on \(result.images) \(split) images of "
        + "\(data), \(Format.duration(seconds))",
      "  single network     mean \(Format.percent(result.meanAccuracy)), "
        + "std \(Format.percent(result.stdAccuracy)), "
        + "\(Format.percent(result.minAccuracy)) to \(Format.percent(result.maxAccuracy))",
      "  majority vote      \(Format.percent(result.majorityAccuracy))",
      "  mean probability   \(Format.percent(result.meanProbabilityAccuracy)), "
        + scores(result.calibration),
    ]
    if let scaled = report.scaled {
      lines.append(
        "    at temperature   \(Format.fixed(scaled.scaling.temperature, 3)) (fitted to "
          + "\(scaled.fittedImages) validation images): " + scores(scaled.calibration))
    }
    if let likelihood = report.calibratedLogLikelihood {
      lines.append(
        "    calibrated log-likelihood \(Format.fixed(likelihood, 4)) (temperatures of the other half of these images)"
      )
    }
    lines.append("  most confident     \(Format.percent(result.mostConfidentAccuracy))")
    if let disagreement = result.disagreement {
      lines.append("  pairs disagree on  \(Format.percent(disagreement)) of the images")
    }
    if let overlap = report.errorOverlap {
      lines.append(
        "  errors in common   IoU \(Format.fixed(overlap.mean, 3)) in the mean of the pairs, \(Format.fixed(overlap.maximum, 3)) at most"
      )
    }
    lines.append(
      "  entropy of answer  \(Format.fixed(result.predictiveEntropy, 4)) nats, of which mutual "
        + "information \(Format.fixed(result.mutualInformation, 4))")
    if let entropy = result.entropy {
      lines.append("  entropy of weights \(Format.fixed(entropy, 1)) nats")
    }
    lines += classes(result.classes, names: classNames)
    lines += sizes(report.sizes)
    if let outliers = report.outliers { lines += describe(outliers) }
    return (lines + histogram(result)).joined(separator: "\n")
  }

  private static func scores(_ calibration: CalibrationScores) -> String {
    "NLL \(Format.fixed(calibration.nll, 4)), Brier \(Format.fixed(calibration.brier, 4)), "
      + "ECE \(Format.fixed(calibration.ece, 4)) (equal mass \(Format.fixed(calibration.adaptiveECE, 4)))"
  }

  private static let mostClasses = 12

  /// All classes, or the worst of many.
  private static func classes(_ all: [ClassFigures], names: [String]) -> [String] {
    func name(_ label: Int) -> String { names.isEmpty ? "\(label)" : names[label] }
    let known = all.filter { $0.accuracy != nil }
    let isCut = known.count > mostClasses
    let shown =
      isCut ? known.sorted { ($0.accuracy!, $0.label) < ($1.accuracy!, $1.label) } : known
    var table = TextTable(["class", "images", "accuracy", "mistaken for", "images"])
    for figures in shown.prefix(mostClasses) {
      table.add([
        name(figures.label), "\(figures.images)", Format.percent(figures.accuracy!),
        figures.mistaken.map { name($0.label) } ?? "",
        figures.mistaken.map { "\($0.images)" } ?? "",
      ])
    }
    return
      (isCut ? ["  by mean probability, the \(mostClasses) worst of \(known.count) classes:"] : [])
      + [table.text]
  }

  private static func sizes(_ sizes: [EnsembleSizeScore]) -> [String] {
    guard sizes.count > 1 else { return [] }
    var table = TextTable(["networks", "majority vote", "mean probability", "NLL", "calibrated LL"])
    for size in sizes {
      table.add([
        "\(size.size)", Format.percent(size.majorityAccuracy),
        Format.percent(size.meanProbabilityAccuracy), Format.fixed(size.nll, 4),
        size.calibratedLogLikelihood.map { Format.fixed($0, 4) } ?? "",
      ])
    }
    return [table.text]
  }

  private static func describe(_ outliers: EvaluationReport.Outliers) -> [String] {
    var table = TextTable(["score", "AUROC", "AUPR", "FPR95"])
    let report = outliers.report
    for (name, detection) in [
      ("max probability", report.maxProbability), ("entropy", report.entropy),
      ("mutual information", report.mutualInformation),
    ] {
      table.add([
        name, Format.fixed(detection.auroc, 4), Format.fixed(detection.aupr, 4),
        Format.fixed(detection.fpr95, 4),
      ])
    }
    return ["  told from \(outliers.images) images of \(outliers.name):", table.text]
  }

  /// One line a bin of the networks' accuracies.
  static func histogram(_ result: EnsembleResult) -> [String] {
    let bins = result.histogram(width: result.histogramWidth)
    let most = bins.map(\.count).max() ?? 1
    return bins.map { bin in
      let bar = String(repeating: "#", count: (40 * bin.count + most - 1) / most)
      let label = Format.percent(bin.from)
      return "  " + String(repeating: " ", count: max(0, 9 - label.count)) + label + "  \(bar) "
        + "\(bin.count)"
    }
  }
}
