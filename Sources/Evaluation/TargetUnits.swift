// From networks' outputs to the units of the targets' file.

import Datasets

/// y = output * deviation + mean, deviation and mean being those of the training targets where these are normalized.
public struct TargetUnits: Sendable {
  /// One a target.
  public let means: [Float]
  public let deviations: [Float]

  public init(_ targets: TargetValues) {
    means = targets.normalization?.means ?? [Float](repeating: 0, count: targets.outputCount)
    deviations =
      targets.normalization?.deviations ?? [Float](repeating: 1, count: targets.outputCount)
  }

  func value(_ output: Float, _ target: Int) -> Float {
    output * deviations[target] + means[target]
  }
}
