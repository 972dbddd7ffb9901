// What commands that run generated networks have in common.

import ArgumentParser
import Configurations
import Datasets
import Evaluation
import Training

struct StatisticsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Training images from which networks with normalizations take means and variances (default: all).",
      valueName: "n"))
  var statisticsImages: Int?

  func validate() throws {
    if let statisticsImages, statisticsImages < 1 {
      throw ValidationError("--statistics-images must be at least 1")
    }
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
