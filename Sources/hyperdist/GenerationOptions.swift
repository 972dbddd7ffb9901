// What commands that generate networks have in common.

import ArgumentParser
import Datasets
import Evaluation
import Reporting
import TrainedModels

/// How networks are generated from a checkpoint and run.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "Seed of the latents; evaluate, analyze, distill, inspect and sample take the same for the same seed."
  )
  var seed: UInt64 = 0

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Training images from which networks with normalizations take means and variances (default: all).",
      valueName: "n"))
  var statisticsImages: Int?

  @Option(
    help:
      "last or average: the parameters after the checkpoint's step, or their average (default: the average if there is one)."
  )
  var parameters: ParameterKind?

  @OptionGroup var cores: ThreadOptions

  func validate() throws {
    try requireAtLeastOne(statisticsImages, "--statistics-images")
    try requireName(dataDir, "--data-dir")
  }

  /// Starts ranks and threads, reads the checkpoint and sees that `outputs` can be written, at no input's cost. Collective.
  func start(_ checkpoint: String, outputs: [OutputFile] = []) throws -> (
    session: Session, trained: TrainedHypernetwork
  ) {
    let session = try Session.start(threads: cores.threads)
    let trained = try session.together {
      try TrainedHypernetwork(checkpoint: checkpoint, parameters)
    }
    let data = DatasetCatalog.paths(
      name: trained.configuration.data.name, dataDirectory: dataDir)
    try session.check(outputs, inputs: [checkpoint] + data)
    return (session, trained)
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

extension ParameterKind: ExpressibleByArgument {}
