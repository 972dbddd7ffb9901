// hyperdist sample

import ArgumentParser
import Evaluation
import Host
import Hypernetworks
import Numerics
import Reporting
import TrainedModels

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract:
      "Write networks of a checkpoint, or of a sample file, to a file of HDF5 or safetensors.")

  @OptionGroup var network: NetworkOptions

  @Option(parsing: .unconditional, help: "Networks to write.")
  var count: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  func validate() throws {
    try requireAtLeastOne(count, "--count")
    try SampleFormat.check(output)
  }

  private var file: OutputFile { OutputFile(output, option: "--output", .tensors) }

  private func need(_ trained: TrainedNetworks, _ session: Session) throws -> MemoryNeed {
    var need = MemoryNeed()
    need.add(
      "--count \(count)", networks: count / session.communicator.size, of: trained.target,
      latentSize: trained.latentSize)
    try need.check(processes: 1)
    if count > Latents.mostSamples {
      throw BadRequest(
        description:
          "--count \(count): there are \(Latents.mostSamples) different networks of a seed")
    }
    return need
  }

  func run() throws {
    let (session, trained) = try network.start(outputs: [file])
    let count = try trained.count(count, "--count", standard: count)
    try session.require { try need(trained, session) }
    // Only networks with normalizations need any.
    let data = trained.target.isNormalized ? try network.data(of: trained, session) : nil
    let generator = try network.evaluator(trained, data, session, networks: count)
    let request = EvaluationRequest(networkCount: count, seed: network.seed)
    let networks = generator.ownNetworks(count)
    let weights = generator.generateOwn(request)
    let known = generator.statistics(of: request)
    let latents = generator.latents(of: networks, request)
    let begin = monotonicSeconds()
    try SampleFormat.write(
      file.end, count: count, latents: latents, weights: weights, statistics: known.values,
      of: trained, origin: trained.state, model: trained.model, session.communicator)
    let seconds = monotonicSeconds() - begin
    if session.isRoot {
      let megabytes =
        4e-6
        * Double(
          count
            * (trained.latentSize + trained.target.weightCount + trained.target.statisticCount))
      StandardError.note(
        "\(output): \(count) networks of \(trained.target.weightCount) weights; "
          + "\(Format.fixed(megabytes, 1)) MB written in \(Format.fixed(seconds, 2)) s")
    }
    try session.finish()
  }
}
