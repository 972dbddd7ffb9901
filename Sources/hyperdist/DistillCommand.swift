// hyperdist distill

import ArgumentParser
import Checkpointing
import Datasets
import Evaluation
import Hypernetworks
import Reporting
import TensorCore
import Training

struct DistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Average the weights of generated networks into one network (Polyak-Ruppert).")

  @Argument(help: "A checkpoint file.")
  var checkpoint: String

  @Option(help: "Networks to average.")
  var samples: Int

  @Option(help: "The file: its name ends in .h5 or .safetensors.")
  var output: String

  @Option(help: "validation or test: the images to compare on.")
  var split = Split.test

  @Option(help: "Only the first images of the split.")
  var images: Int?

  @Option(help: "Seed of the latents; the same seed and number give the same networks as evaluate.")
  var seed: UInt64 = 0

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @OptionGroup var statistics: StatisticsOptions

  @Option(help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  @Option(help: "Write the figures as JSON to a file, or - for standard output.")
  var json: String?

  func validate() throws {
    if samples < 1 || samples > EnsembleAccumulator.mostNetworks {
      throw ValidationError(
        "--samples must be at least 1 and at most \(EnsembleAccumulator.mostNetworks)")
    }
    if let images, images < 1 { throw ValidationError("--images must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
    try SampleFormat.check(output)
  }

  func run() throws {
    let session = try Session.start(threads: threads)
    let trained = try TrainedHypernetwork(checkpoint: checkpoint)
    let data = try trained.configuration.data.load(dataDirectory: dataDir)
    let images = try split.images(of: data)
    let evaluator = try statistics.evaluator(trained, data, session)
    let layout = trained.parameters.layout
    let request = EvaluationRequest(networkCount: samples, seed: seed, imageLimit: self.images)
    let distillation = Distillation(evaluator)
    let weights = SharedBuffer<Float>(count: layout.weightCount)
    try distillation.average(request, into: weights.view)
    try write(weights, evaluator, layout, session)
    let bar = ProgressBar(
      "comparing", total: evaluator.ownNetworks(samples).count * images.count,
      isShown: session.isRoot)
    evaluator.progress = bar.advance
    let result = try distillation.measure(weights.view, request, on: images)
    bar.finish()
    if session.isRoot {
      let networks = result.networks
      let text = """
        \(output): the mean of \(samples) networks of step \(trained.header.step), on \
        \(networks.images) \(split.rawValue) images of \(data.name)
          distilled network  \(Format.percent(result.accuracy)), NLL \(Format.fixed(result.nll, 4))
          single networks    \(Format.percent(networks.meanAccuracy)) in the mean
          majority vote      \(Format.percent(networks.majorityAccuracy))
          mean probability   \(Format.percent(networks.meanProbabilityAccuracy)), \
        NLL \(Format.fixed(networks.nll, 4))
        """
      try JSONOutput.write(result.json, to: json, orText: text)
    }
    try session.finish()
  }

  /// The one network is written by the rank whose it is. Collective.
  private func write(
    _ weights: SharedBuffer<Float>, _ evaluator: EnsembleEvaluator, _ layout: HypernetworkLayout,
    _ session: Session
  ) throws {
    let isOwn = !evaluator.ownNetworks(1).isEmpty
    // No latent generates the mean of weights.
    let latent = SharedBuffer<Float>(count: isOwn ? layout.latentSize : 0)
    latent.view.fill(.nan)
    let none = SharedBuffer<Float>(count: 0)
    try SampleFormat.write(
      output, count: 1, latents: latent, weights: isOwn ? weights : none,
      statistics: isOwn ? evaluator.statistics(of: weights.view) : none, layout,
      session.communicator)
  }
}
