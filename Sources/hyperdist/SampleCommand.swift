// hyperdist sample

import ArgumentParser
import Collectives
import Evaluation
import Reporting
import TensorCore
import Training

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Generate networks from a checkpoint into a file of HDF5 or safetensors.")

  @Argument(help: "A checkpoint file.")
  var checkpoint: String

  @Option(help: "Networks to generate.")
  var count: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  @Option(help: "Seed of the latents; the same seed and number give the same networks as evaluate.")
  var seed: UInt64 = 0

  @Option(help: "Where to look for data first: only networks with normalizations need any.")
  var dataDir: String?

  @OptionGroup var statistics: StatisticsOptions

  @Option(help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
    try SampleFormat.check(output)
  }

  func run() throws {
    let session = try Session.start(threads: threads)
    let trained = try TrainedHypernetwork(checkpoint: checkpoint)
    let layout = trained.parameters.layout
    let data =
      layout.target.isNormalized
      ? try trained.configuration.data.load(dataDirectory: dataDir) : nil
    let generator = try statistics.evaluator(trained, data, session)
    let request = EvaluationRequest(networkCount: count, seed: seed)
    let networks = generator.ownNetworks(count)
    let weights = generator.generateOwn(request)
    let known = generator.statistics(of: request)
    let latents = SharedBuffer<Float>(count: networks.count * layout.latentSize)
    for (index, network) in networks.enumerated() {
      generator.fillLatent(
        latents.view.slice(index * layout.latentSize, layout.latentSize), network, request)
    }
    let begin = monotonicSeconds()
    try SampleFormat.write(
      output, count: count, latents: latents, weights: weights, statistics: known.values, layout,
      session.communicator)
    let seconds = monotonicSeconds() - begin
    if session.isRoot {
      let megabytes =
        4e-6
        * Double(count * (layout.latentSize + layout.weightCount + layout.target.statisticCount))
      StandardError.note(
        "\(output): \(count) networks of \(layout.weightCount) weights; "
          + "\(Format.fixed(megabytes, 1)) MB written in \(Format.fixed(seconds, 2)) s")
    }
    try session.finish()
  }
}
