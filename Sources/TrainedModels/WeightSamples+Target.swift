// Networks of a target architecture as a sample file wants them.

import Checkpointing
import Numerics
import TargetNetworks

extension WeightSamples {
  /// This rank's of `count` networks: `latents` (own networks, d), `weights` (own networks, D) and
  /// `statistics` (own networks, statisticCount).
  public init(
    count: Int, latentSize: Int, latents: FloatView, weights: FloatView, statistics: FloatView,
    target: TargetArchitecture
  ) {
    self.init(
      count: count, latentSize: latentSize, latents: latents, weights: weights,
      weightCount: target.weightCount, statistics: statistics, blocks: target.sampleBlocks)
  }
}

extension TargetArchitecture {
  /// The layers as a sample file names them.
  var sampleBlocks: [SampleBlock] {
    blocks.map {
      SampleBlock(
        name: $0.name, filterCount: $0.filterCount, kernelShape: $0.kernelShape,
        offset: $0.offset, filterSize: $0.filterSize,
        statisticOffset: $0.isNormalized ? $0.statisticOffset : nil)
    }
  }
}
