import ArgumentParser
import Datasets
import Evaluation
import TrainedModels

/// Of commands that run networks generated from a checkpoint.
struct NetworkOptions: ParsableArguments {
  @Argument(help: "A checkpoint file.")
  var checkpoint: String

  @Option(
    help:
      "Seed of the latents; evaluate, analyze, distill and sample take the same for the same seed.")
  var seed: UInt64 = 0

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @Option(
    help: ArgumentHelp(
      "Training images from which networks with normalizations take means and variances (default: all).",
      valueName: "n"))
  var statisticsImages: Int?

  @OptionGroup var cores: ThreadOptions

  func validate() throws { try requireAtLeastOne(statisticsImages, "--statistics-images") }

  /// Starts ranks and threads and reads the checkpoint. Collective.
  func start() throws -> (session: Session, trained: TrainedHypernetwork) {
    let session = try Session.start(threads: cores.threads)
    return (
      session, try session.together { try TrainedHypernetwork(checkpoint: checkpoint) }
    )
  }

  /// The images that the networks were trained on, with the other splits. Collective.
  func data(of trained: TrainedHypernetwork, _ session: Session) throws -> Dataset {
    try session.together { try trained.configuration.data.load(dataDirectory: dataDir) }
  }

  /// Runs networks of `trained` on all ranks of the session; `data` may be missing where no network has
  /// normalizations.
  func evaluator(_ trained: TrainedHypernetwork, _ data: Dataset?, _ session: Session) throws
    -> EnsembleEvaluator
  {
    try EnsembleEvaluator(
      parameters: trained.parameters, settings: trained.configuration.objectiveSettings,
      statistics: data.map {
        StatisticsSource(
          images: $0.training, batch: trained.configuration.training.imagesPerLatent,
          limit: statisticsImages)
      },
      communicator: session.communicator, pool: session.pool)
  }
}
