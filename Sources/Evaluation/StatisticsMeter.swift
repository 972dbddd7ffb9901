// Means and variances of a network's activations, from training images.

import Host
import Numerics
import TargetNetworks

/// Measures one network at a time, on one thread or a team.
final class StatisticsMeter: Sendable {
  private let source: StatisticsSource
  private let engine: StatisticsEngine
  private let pixels: AlignedBuffer<Float>
  private let sums: AlignedBuffer<Double>
  private let pulse: Pulse

  init(
    _ source: StatisticsSource, architecture: TargetArchitecture, teamSize: Int, pulse: Pulse
  ) throws {
    self.source = source
    self.pulse = pulse
    engine = try StatisticsEngine(
      architecture: architecture, imageCount: source.batch, teamSize: teamSize)
    pixels = AlignedBuffer(count: source.batch * architecture.input.count)
    sums = AlignedBuffer(count: architecture.statisticCount)
  }

  /// Overwrites `statistics` (architecture.statisticCount) with those of the network of `weights` (D).
  /// Cost: a forward pass an image.
  func measure(_ weights: FloatView, into statistics: FloatView, team: Team = .alone) {
    engine.loadWeights(weights, team: team)
    sums.view.fill(0)
    let size = engine.architecture.input.count
    for batch in 0..<source.batchCount {
      for position in 0..<source.batch {
        source.images.copyImage(
          batch * source.batch + position, into: pixels.view.slice(position * size, size))
      }
      engine.addMoments(images: pixels.view, to: sums.view, team: team)
      pulse.beat()
    }
    TargetStatistics.take(
      sums.view, batches: source.batchCount, architecture: engine.architecture, into: statistics)
  }
}
