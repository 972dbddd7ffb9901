// Which scores of an ensemble may tell outliers.

/// The scores of ``OutlierDetection`` that an ensemble offers.
public struct OutlierReport: Sendable {
  /// Minus the largest mean probability.
  public let maxProbability: OutlierDetection
  /// Entropy of the mean probability.
  public let entropy: OutlierDetection
  /// Entropy of the mean minus the mean entropy.
  public let mutualInformation: OutlierDetection

  public init(inliers: EnsemblePrediction, outliers: EnsemblePrediction) {
    maxProbability = OutlierDetection(
      inliers: inliers.confidences.map { -$0 }, outliers: outliers.confidences.map { -$0 })
    entropy = OutlierDetection(
      inliers: inliers.predictiveEntropies, outliers: outliers.predictiveEntropies)
    mutualInformation = OutlierDetection(
      inliers: inliers.mutualInformation, outliers: outliers.mutualInformation)
  }
}
