// Two ensembles compared image by image.

import Files
import Numerics

/// The mean over images of the difference of two ensembles' calibrated log-likelihoods, which says more than two means do: what makes an image
/// hard for one makes it hard for the other.
public struct PairedDifference: JSONRecord, Sendable, Equatable {
  /// Networks of each.
  public var networks = 0
  /// In nats; above 0 where the first is better.
  public var mean = 0.0
  /// Standard deviation over the images (divided by their number less one) / sqrt(images).
  public var standardError = 0.0

  public init() {}

  /// Of ensembles of as many networks on the same images.
  public init(_ own: CalibratedLikelihood, against other: CalibratedLikelihood, networks: Int) {
    precondition(own.images.count == other.images.count, "PairedDifference: other images")
    let differences = zip(own.images, other.images).map { $0 - $1 }
    (self.networks, mean) = (networks, Statistics.mean(differences))
    standardError =
      Statistics.sampleDeviation(differences) / Double(differences.count).squareRoot()
  }

  public static let fields = [
    JSONField("networks", \Self.networks), JSONField("difference", \Self.mean),
    JSONField("standard_error", \Self.standardError),
  ]
}
