// How a Bayesian hypernetwork begins: from what its layers give.

import Baselines
import Datasets
import Numerics
import TargetNetworks

/// Sets gains' centres and biases so that every layer's outputs have mean 0 and variance 1 over the first images of the training set, 64 at most
/// (``RandomGains/fit(_:_:statistics:)``).
struct GainFitting {
  private static let mostImages = 64

  private let model: RandomGains
  private let network: TargetArchitecture
  private let engine: StatisticsEngine
  private let pixels: SharedBuffer<Float>

  init(_ model: RandomGains, target: TargetArchitecture, images: LabeledImages) throws {
    self.model = model
    network = try RandomGains.standardized(target)
    let count = min(Self.mostImages, images.count)
    engine = try StatisticsEngine(architecture: network, imageCount: count)
    pixels = SharedBuffer(count: count * target.input.count)
    for index in 0..<count {
      images.copyImage(
        index, into: pixels.view.slice(index * target.input.count, target.input.count))
    }
  }

  /// Of a member's `values`.
  func fit(_ values: FloatView) {
    let weights = SharedBuffer<Float>(count: network.weightCount)
    let sums = SharedBuffer<Double>(count: network.statisticCount)
    let statistics = SharedBuffer<Float>(count: network.statisticCount)
    model.fillStandardized(weights.view, network, values)
    engine.loadWeights(weights.view)
    engine.addMoments(images: pixels.view, to: sums.view)
    TargetStatistics.take(
      sums.view, batches: 1, architecture: network, into: statistics.view)
    model.fit(values, network, statistics: statistics.view)
  }
}
