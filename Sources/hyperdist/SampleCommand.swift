// hyperdist sample

import ArgumentParser
import Evaluation
import Host
import Hypernetworks
import Numerics
import Reporting

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Generate networks from a checkpoint into a file of HDF5 or safetensors.")

  @OptionGroup var network: NetworkOptions

  @Option(parsing: .unconditional, help: "Networks to generate.")
  var count: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  func validate() throws {
    try requireAtLeastOne(count, "--count")
    try SampleFormat.check(output)
  }

  private var file: OutputFile { OutputFile(output, option: "--output", .tensors) }

  private func need(_ layout: HypernetworkLayout, _ session: Session) throws -> MemoryNeed {
    var need = MemoryNeed()
    need.add("--count \(count)", networks: count / session.communicator.size, of: layout)
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
    let layout = trained.parameters.layout
    try session.require { try need(layout, session) }
    // Only networks with normalizations need any.
    let data = layout.target.isNormalized ? try network.data(of: trained, session) : nil
    let generator = try network.evaluator(trained, data, session)
    let request = EvaluationRequest(networkCount: count, seed: network.seed)
    let networks = generator.ownNetworks(count)
    let weights = generator.generateOwn(request)
    let known = generator.statistics(of: request)
    let latents = SharedBuffer<Float>(count: networks.count * layout.latentSize)
    for (index, number) in networks.enumerated() {
      generator.fillLatent(
        latents.view.slice(index * layout.latentSize, layout.latentSize), number, request)
    }
    let begin = monotonicSeconds()
    try SampleFormat.write(
      file.end, count: count, latents: latents, weights: weights, statistics: known.values, layout,
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
