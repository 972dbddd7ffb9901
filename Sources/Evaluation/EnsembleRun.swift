// What a run of networks on images leaves.

import Numerics

/// What networks said of a set of images; the same on every rank but for the rank's own networks.
public struct EnsembleRun: Sendable {
  public let labels: [ClassLabel]
  /// Of each network.
  public let accuracies: [Double]
  /// Of each group of networks.
  public let predictions: [EnsemblePrediction]
  /// This rank's networks.
  public let networks: Range<Int>
  /// The class each of them names, (own networks, images), where they were to be kept.
  public let classes: SharedBuffer<ClassLabel>?
  /// Their probabilities, (own networks, images, classes), where they were to be kept.
  public let probabilities: SharedBuffer<Float>?

  public var imageCount: Int { labels.count }
}
