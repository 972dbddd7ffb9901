// What an ensemble of networks that predict numbers achieves.

import Files
import Numerics

/// Errors of networks alone, and scores of their mixture; in the targets' units.
public struct RegressionResult: Sendable {
  public let images: Int
  public let targets: Int
  /// Root mean square error, mean absolute error and mean negative log-likelihood of each network alone.
  public let networkRMSE: [Double]
  public let networkMAE: [Double]
  public let networkNLL: [Double]
  /// Of all networks.
  public let scores: RegressionScores
  /// Where networks give no density, the deviation of each target that was taken for theirs.
  public let noise: [Double]?
  /// Kozachenko-Leonenko entropy of the networks' weights in nats, where it was computed.
  public var entropy: Double?
  /// What the networks' layers tell, where it was looked into.
  public var layers: LayerReport?

  public init(_ predictions: MemberPredictions, scores: RegressionScores, noise: [Double]?) {
    let networks = 0..<predictions.networkCount
    images = predictions.imageCount
    targets = predictions.targetCount
    self.scores = scores
    self.noise = noise
    let errors = networks.map(predictions.errors)
    networkRMSE = errors.map(\.rmse)
    networkMAE = errors.map(\.mae)
    networkNLL = networks.map { network in
      -Statistics.mean(
        (0..<predictions.imageCount).map {
          predictions.logDensity(network, $0, noise: noise)
        })
    }
  }

  public var samples: Int { networkRMSE.count }

  /// The keys of `evaluate --json`.
  public var members: [(String, JSONValue)] {
    func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
    return [
      ("samples", .integer(samples)), ("images", .integer(images)),
      ("targets", .integer(targets)),
      ("mean_rmse", .number(Statistics.mean(networkRMSE))),
      ("min_rmse", .number(networkRMSE.min() ?? .nan)),
      ("max_rmse", .number(networkRMSE.max() ?? .nan)),
      ("mean_mae", .number(Statistics.mean(networkMAE))),
      ("mean_nll", .number(Statistics.mean(networkNLL))),
      ("rmse", .number(scores.rmse)), ("mae", .number(scores.mae)),
      ("nll", .number(scores.nll)), ("crps", .number(scores.crps)),
      ("target_rmse", numbers(scores.targetRMSE)),
      ("noise", noise.map(numbers) ?? .null),
      ("intervals", .array(scores.intervals.map(Self.json))),
      (
        "calibration",
        .object([
          ("expected", numbers(RegressionScores.calibrationLevels)),
          ("observed", numbers(scores.calibration)),
        ])
      ), ("calibration_error", .number(scores.calibrationError)),
      ("deviation", .number(scores.deviation)),
      ("network_spread", .number(scores.networkSpread)),
      ("spread", .array(scores.spread.map(Self.json))),
      ("entropy", entropy.map { .number($0) } ?? .null),
    ]
  }

  private static func json(_ interval: RegressionScores.Interval) -> JSONValue {
    .object([
      ("level", .number(interval.level)), ("coverage", .number(interval.coverage)),
      ("width", .number(interval.width)),
    ])
  }

  private static func json(_ bin: RegressionScores.SpreadBin) -> JSONValue {
    .object([
      ("deviation", .number(bin.deviation)), ("rmse", .number(bin.rmse)),
      ("count", .integer(bin.count)),
    ])
  }

  public var json: JSONValue {
    .object(
      members + [
        ("layer_report", layers.json), ("rmses", .array(networkRMSE.map { .number($0) })),
      ])
  }
}
