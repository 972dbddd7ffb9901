// What `distill` prints.

import Files

/// What a distilled network achieves beside those it is made of. Accuracies are fractions.
public struct DistillationResult: Sendable {
  /// Of the averaged weights.
  public let accuracy: Double
  public let nll: Double
  /// Of the networks that were averaged.
  public let networks: EnsembleResult

  public var json: JSONValue {
    .object([
      ("samples", .integer(networks.samples)), ("images", .integer(networks.images)),
      ("distilled_accuracy", .number(accuracy)), ("distilled_nll", .number(nll)),
      ("mean_accuracy", .number(networks.meanAccuracy)),
      ("majority_accuracy", .number(networks.majorityAccuracy)),
      ("mean_probability_accuracy", .number(networks.meanProbabilityAccuracy)),
      ("nll", .number(networks.nll)),
    ])
  }
}
