// What more networks bring, whichever come first.

import Files
import Numerics

/// Accuracy and calibrated likelihood of ensembles against their size, in the mean over random orders of the networks
/// (Ashukha et al., ICLR 2020).
public struct EnsembleCurve: Sendable, Equatable {
  /// How many orders are tried.
  public static let orders = 5

  /// By rising size.
  public let points: [Point]

  public struct Point: JSONRecord, Sendable, Equatable {
    public var size = 0
    public var majorityAccuracy = 0.0
    public var meanProbabilityAccuracy = 0.0
    /// Mean over the orders of ``CalibratedLikelihood``, in nats; nil with fewer than two images.
    public var calibratedLogLikelihood: Double?
    /// Its standard deviation over the orders, divided by their number less one; 0 of all networks.
    public var deviation: Double?

    public init() {}

    /// Of ensembles of one size, one for each order; of a single one there is no deviation.
    init(of scores: [EnsembleSizeScore]) {
      size = scores[0].size
      majorityAccuracy = Statistics.mean(scores.map(\.majorityAccuracy))
      meanProbabilityAccuracy = Statistics.mean(scores.map(\.meanProbabilityAccuracy))
      let values = scores.compactMap(\.calibratedLogLikelihood)
      guard values.count == scores.count else { return }
      calibratedLogLikelihood = Statistics.mean(values)
      deviation = values.count > 1 ? Statistics.sampleDeviation(values) : 0
    }

    public static let fields = [
      JSONField("size", \Self.size),
      JSONField("majority_accuracy", \Self.majorityAccuracy),
      JSONField("mean_probability_accuracy", \Self.meanProbabilityAccuracy),
      JSONField("calibrated_ll", \Self.calibratedLogLikelihood),
      JSONField("calibrated_ll_std", \Self.deviation),
    ]
  }
}
