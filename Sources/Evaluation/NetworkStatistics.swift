// Means and variances for generated networks with normalizations: a pass over training images each.

import Datasets
import TargetNetworks
import TensorCore

/// The images from which networks with normalizations take their means and variances: whole batches in
/// the set's order, each normalized on the way by its own statistics, as in training.
public struct StatisticsSource: Sendable {
  let images: LabeledImages
  let batch: Int
  let batchCount: Int

  /// - Parameters:
  ///   - images: the training set.
  ///   - batch: images of a batch; those behind the last whole batch are left out.
  ///   - limit: only the first images; nil: all.
  public init(images: LabeledImages, batch: Int, limit: Int? = nil) {
    let count = min(limit ?? images.count, images.count)
    precondition(count > 0 && batch > 0, "StatisticsSource: batches of \(batch) of \(count) images")
    self.images = images
    self.batch = min(batch, count)
    batchCount = count / self.batch
  }
}

/// Measures one network at a time on one thread.
final class StatisticsMeter {
  private let source: StatisticsSource
  private let engine: TargetEngine
  private let pixels: AlignedBuffer<Float>
  private let sums: AlignedBuffer<Double>
  private let pulse: Pulse

  init(_ source: StatisticsSource, architecture: TargetArchitecture, pulse: Pulse) throws {
    self.source = source
    self.pulse = pulse
    engine = try TargetEngine(
      architecture: architecture, imageCount: source.batch, purpose: .statistics)
    pixels = AlignedBuffer(count: source.batch * architecture.input.count)
    sums = AlignedBuffer(count: architecture.statisticCount)
  }

  /// Overwrites `statistics` (architecture.statisticCount) with those of the network of `weights` (D).
  /// Cost: a forward pass an image.
  func measure(_ weights: FloatView, into statistics: FloatView) {
    engine.loadWeights(weights)
    sums.view.fill(0)
    let size = engine.architecture.input.count
    for batch in 0..<source.batchCount {
      for position in 0..<source.batch {
        source.images.copyImage(
          batch * source.batch + position, into: pixels.view.slice(position * size, size))
      }
      engine.addMoments(images: pixels.view, to: sums.view)
      pulse.beat()
    }
    TargetStatistics.take(
      sums.view, batches: source.batchCount, architecture: engine.architecture, into: statistics)
  }
}

/// The statistics of this rank's networks, so that each is measured once however often it is run.
public final class KnownStatistics: @unchecked Sendable {
  /// (own networks, architecture.statisticCount)
  public let values: SharedBuffer<Float>
  private let size: Int
  private let isKnown: SharedBuffer<UInt8>

  public init(networkCount: Int, architecture: TargetArchitecture) {
    size = architecture.statisticCount
    values = SharedBuffer(count: networkCount * size)
    isKnown = SharedBuffer(count: networkCount)
  }

  /// Those of an own network, which `measure` is asked for the first time.
  func of(_ index: Int, measure: (FloatView) -> Void) -> FloatView {
    let own = values.view.slice(index * size, size)
    if isKnown.view[index] == 0 {
      measure(own)
      isKnown.view[index] = 1
    }
    return own
  }
}
