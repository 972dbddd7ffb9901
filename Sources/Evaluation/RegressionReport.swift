// All that `evaluate` finds out of networks that predict numbers.

import Files

/// An ensemble's figures, and what its size does.
public struct RegressionReport: Sendable {
  public let result: RegressionResult
  /// Of the first networks.
  public let sizes: [RegressionScores]
  /// Images that the noise was fitted to, where networks give no density; whether these were held out.
  public let noiseImages: Int
  public let isNoiseHeldOut: Bool

  /// `evaluate --json`.
  public func json(_ about: [(String, JSONValue)]) -> JSONValue {
    .object(
      about + result.members + [
        ("noise_images", .integer(noiseImages)),
        (
          "ensemble_sizes",
          .array(
            sizes.map {
              .object([
                ("size", .integer($0.networkCount)), ("rmse", .number($0.rmse)),
                ("nll", .number($0.nll)), ("crps", .number($0.crps)),
              ])
            })
        ), ("rmses", .array(result.networkRMSE.map { .number($0) })),
      ])
  }
}
