// Generated networks in a file of the format its name asks for.

import ArgumentParser
import Checkpointing
import Hypernetworks
import TensorCore

enum SampleFormat {
  /// Refuses names of other formats.
  static func check(_ output: String) throws {
    if !output.hasSuffix(".h5") && !output.hasSuffix(".safetensors") {
      throw ValidationError("--output \(output): the name must end in .h5 or .safetensors")
    }
  }

  /// Writes `latents` (count, d), `weights` (count, D) and `statistics` (count, statisticCount). Local.
  static func write(
    _ output: String, count: Int, latents: SharedBuffer<Float>, weights: SharedBuffer<Float>,
    statistics: SharedBuffer<Float>, _ layout: HypernetworkLayout
  ) throws {
    let blocks = layout.target.blocks.map {
      SampleBlock(
        name: $0.name, filterCount: $0.filterCount, kernelShape: $0.kernelShape,
        offset: $0.offset, filterSize: $0.filterSize,
        statisticOffset: $0.isNormalized ? $0.statisticOffset : nil)
    }
    let samples = WeightSamples(
      count: count, latents: latents.view, weights: weights.view, weightCount: layout.weightCount,
      statistics: statistics.view, blocks: blocks)
    try withExtendedLifetime((latents, weights, statistics)) {
      if output.hasSuffix(".h5") {
        try SampleFile.writeHDF5(output, samples)
      } else {
        try SampleFile.writeSafetensors(output, samples)
      }
    }
  }
}
