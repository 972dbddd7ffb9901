// Generated networks in a file of the format its name asks for.

import ArgumentParser
import Checkpointing
import Collectives
import Host
import Numerics
import TrainedModels

enum SampleFormat {
  /// Refuses names of other formats.
  static func check(_ output: String) throws {
    if !output.hasSuffix(".h5") && !output.hasSuffix(".safetensors") {
      throw ValidationError("--output \(output): the name must end in .h5 or .safetensors")
    }
  }

  /// Writes this rank's of `count` networks of `trained`, or made from them as `origin` says: `latents` (own networks, d),
  /// `weights` (own networks, D) and `statistics` (own networks, statisticCount). `model` maps the latents; of HDF5 alone. Collective.
  static func write(
    _ output: String, count: Int, latents: SharedBuffer<Float>, weights: SharedBuffer<Float>,
    statistics: SharedBuffer<Float>, of trained: TrainedNetworks, origin: String,
    model: [CheckpointTensor] = [], _ communicator: Communicator
  ) throws {
    let samples = WeightSamples(
      count: count, latentSize: trained.latentSize, latents: latents.view, weights: weights.view,
      statistics: statistics.view, target: trained.target)
    let header = SampleHeader(
      configuration: trained.configuration.yaml(), programVersion: ProgramVersion.current,
      origin: origin, step: trained.step, data: trained.data)
    try withExtendedLifetime((trained, latents, weights, statistics)) {
      if output.hasSuffix(".h5") {
        try SampleFile.writeHDF5(
          output, samples, model: model, header: header, communicator: communicator)
      } else {
        try SampleFile.writeSafetensors(
          output, samples, header: header, communicator: communicator)
      }
    }
  }
}
