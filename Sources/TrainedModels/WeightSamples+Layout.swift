// Generated networks as a sample file wants them.

import Checkpointing
import Hypernetworks
import Numerics

extension WeightSamples {
  /// This rank's of `count` networks: `latents` (own networks, d), `weights` (own networks, D) and
  /// `statistics` (own networks, statisticCount).
  public init(
    count: Int, latents: FloatView, weights: FloatView, statistics: FloatView,
    layout: HypernetworkLayout
  ) {
    self.init(
      count: count, latentSize: layout.latentSize, latents: latents, weights: weights,
      weightCount: layout.weightCount, statistics: statistics,
      blocks: layout.target.blocks.map {
        SampleBlock(
          name: $0.name, filterCount: $0.filterCount, kernelShape: $0.kernelShape,
          offset: $0.offset, filterSize: $0.filterSize,
          statisticOffset: $0.isNormalized ? $0.statisticOffset : nil)
      })
  }
}
