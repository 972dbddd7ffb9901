// hyperdist sample

import ArgumentParser
import Evaluation
import Host
import Numerics
import Reporting

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Generate networks from a checkpoint into a file of HDF5 or safetensors.")

  @OptionGroup var network: NetworkOptions

  @Option(help: "Networks to generate.")
  var count: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  func validate() throws {
    try requireAtLeastOne(count, "--count")
    try SampleFormat.check(output)
  }

  func run() throws {
    let (session, trained) = try network.start()
    let layout = trained.parameters.layout
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
