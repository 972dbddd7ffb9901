// Ensembles that predict numbers, side by side.

import Evaluation
import Files
import Numerics
import TrainedModels

/// What `compare` finds of networks that predict numbers, and the file comparison-numbers.json.
public struct RegressionComparison {
  /// One of the ensembles. Keys, units and formulas are those of `evaluate --json`.
  public struct Method {
    let name: String
    let file: String
    let networks: String
    let step: Int?
    let report: RegressionReport
    let cost: NetworkCost?
    let coreSeconds: Double?

    public init(
      name: String, file: String, networks: String, step: Int?, report: RegressionReport,
      cost: NetworkCost?, coreSeconds: Double?
    ) {
      (self.name, self.file, self.networks, self.step) = (name, file, networks, step)
      (self.report, self.cost, self.coreSeconds) = (report, cost, coreSeconds)
    }
  }

  public let data: String
  public let split: String
  public let seed: UInt64
  public let methods: [Method]

  public init(data: String, split: String, seed: UInt64, methods: [Method]) {
    (self.data, self.split, self.seed, self.methods) = (data, split, seed, methods)
  }

  /// The file's name in its folder.
  public static let fileName = "comparison-numbers.json"

  private var images: Int { methods.first?.report.result.images ?? 0 }

  public var json: JSONValue {
    .object([
      ("data", data.json), ("split", split.json), ("images", images.json), ("seed", seed.json),
      (
        "methods",
        .array(
          methods.map { method in
            method.report.json([
              ("name", method.name.json), ("file", method.file.json),
              ("networks", method.networks.json), ("step", method.step.json),
              ("cost", method.cost?.json(coreSeconds: method.coreSeconds) ?? .null),
            ])
          })
      ),
    ])
  }

  /// Two tables, and what has no meaning here.
  public func text(seconds: Double) -> String {
    var scores = TextTable([
      "method", "networks", "RMSE of one", "RMSE", "MAE", "NLL of one", "NLL", "CRPS",
    ])
    var intervals = TextTable(
      ["method"] + RegressionScores.intervalLevels.map { "\(Format.fixed(100 * $0, 0)) % cover" }
        + ["calibration error", "networks differ by", "trained", "training FLOPs", "core time"])
    for method in methods {
      let (result, own) = (method.report.result, method.report.result.scores)
      scores.add([
        method.name, "\(result.samples)", Format.figures(Statistics.mean(result.networkRMSE)),
        Format.figures(own.rmse), Format.figures(own.mae),
        Format.fixed(Statistics.mean(result.networkNLL), 4), Format.fixed(own.nll, 4),
        Format.figures(own.crps),
      ])
      intervals.add(
        [method.name] + own.intervals.map { Format.percent($0.coverage) } + [
          Format.percent(own.calibrationError), Format.figures(own.networkSpread),
          method.cost.map { "\($0.trained)" } ?? "",
          method.cost.map { Format.figures($0.trainingFLOPs) } ?? "",
          method.coreSeconds.map(Format.duration) ?? "",
        ])
    }
    return [
      "\(methods.count) methods on \(images) \(split) images of \(data), \(Format.duration(seconds))",
      scores.text, intervals.text,
      "  votes, disagreement, errors in common and what an ensemble is worth in independent networks go by classes: they have no meaning here",
    ].joined(separator: "\n")
  }
}
