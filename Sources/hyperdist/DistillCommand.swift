// hyperdist distill

import ArgumentParser
import Evaluation
import Host
import Numerics
import Reporting
import TrainedModels

struct DistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract:
      "Average the weights of networks, generated or of a sample file, into one (Polyak-Ruppert).")

  @OptionGroup var network: NetworkOptions

  @Option(parsing: .unconditional, help: "Networks to average.")
  var samples: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  @Option(help: "validation or test: the images to compare on.")
  var split = Split.test

  @OptionGroup var limit: ImageOptions

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireSamples(samples)
    try SampleFormat.check(output)
  }

  private var file: OutputFile { OutputFile(output, option: "--output", .tensors) }

  func run() throws {
    let (session, trained) = try network.start(outputs: [file] + figures.files)
    try trained.requireClasses("distill")
    let samples = try trained.count(samples, "--samples", standard: samples)
    let data = try network.data(of: trained, session)
    let images = try split.images(of: data)
    try session.require {
      var need = MemoryNeed()
      need.add(
        "--samples \(samples)", bytes: samples / session.communicator.size,
        min(limit.images ?? images.count, images.count))
      return need
    }
    let evaluator = try network.evaluator(trained, data, session, networks: samples)
    var request = EvaluationRequest(
      networkCount: samples, seed: network.seed, imageLimit: limit.images)
    let distillation = Distillation(evaluator)
    let weights = SharedBuffer<Float>(count: trained.target.weightCount)
    try distillation.average(request, into: weights.view)
    try write(weights, evaluator, trained, session)
    let bar = ProgressBar(
      "comparing", total: evaluator.ownNetworks(samples).count * images.count,
      isShown: session.isRoot)
    request.progress = bar.advance
    let result = try distillation.measure(weights.view, request, on: images)
    bar.finish()
    if session.isRoot {
      let networks = result.networks
      let text = """
        \(output): the mean of \(samples) networks of \(trained.state), on \
        \(networks.images) \(split.rawValue) images of \(data.name)
          distilled network  \(Format.percent(result.accuracy)), NLL \(Format.fixed(result.nll, 4))
          single networks    \(Format.percent(networks.meanAccuracy)) in the mean
          majority vote      \(Format.percent(networks.majorityAccuracy))
          mean probability   \(Format.percent(networks.meanProbabilityAccuracy)), \
        NLL \(Format.fixed(networks.nll, 4))
        """
      try figures.write(result.json, orText: text)
    }
    try session.finish()
  }

  /// The one network is written by the rank whose it is. Collective.
  private func write(
    _ weights: SharedBuffer<Float>, _ evaluator: EnsembleEvaluator, _ trained: TrainedNetworks,
    _ session: Session
  ) throws {
    let isOwn = !evaluator.ownNetworks(1).isEmpty
    // No latent generates the mean of weights.
    let latent = SharedBuffer<Float>(count: isOwn ? trained.latentSize : 0)
    latent.view.fill(.nan)
    let none = SharedBuffer<Float>(count: 0)
    try SampleFormat.write(
      file.end, count: 1, latents: latent, weights: isOwn ? weights : none,
      statistics: isOwn ? evaluator.statistics(of: weights.view) : none, of: trained,
      origin: "the mean of \(samples) networks of \(trained.state)", session.communicator)
  }
}
