// Options that several commands have, each declared and checked once.

import ArgumentParser
import Configurations
import Datasets
import Evaluation
import Reporting
import TensorCore
import Training

/// Refuses numbers below 1 of an option that counts something.
func requireAtLeastOne(_ value: Int?, _ option: String) throws {
  if let value, value < 1 { throw ValidationError("\(option) must be at least 1") }
}

/// Of every command that computes.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  func validate() throws { try requireAtLeastOne(threads, "--threads") }
}

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
    return (session, try TrainedHypernetwork(checkpoint: checkpoint))
  }

  /// The images that the networks were trained on, with the other splits.
  func data(of trained: TrainedHypernetwork) throws -> Dataset {
    try trained.configuration.data.load(dataDirectory: dataDir)
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

/// Of commands that measure networks on images.
struct ImageOptions: ParsableArguments {
  @Option(help: "Only the first images of every set.")
  var images: Int?

  func validate() throws { try requireAtLeastOne(images, "--images") }
}

/// How many networks commands take that add up what these say.
func requireSamples(_ samples: Int) throws {
  if samples < 1 || samples > EnsembleAccumulator.mostNetworks {
    throw ValidationError(
      "--samples must be at least 1 and at most \(EnsembleAccumulator.mostNetworks)")
  }
}

/// Of commands that end in figures: as JSON where that is asked for, as text for people otherwise.
struct FigureOptions: ParsableArguments {
  @Option(help: "Write the figures as JSON to a file, or - for standard output.")
  var json: String?

  /// With --json -, JSON alone goes to standard output and the text to standard error.
  func write(_ value: JSONValue, orText text: String) throws {
    guard let json else { return print(text) }
    if json == "-" {
      StandardError.note(text)
      print(value)
    } else {
      print(text)
      try RunFolder.write("\(value)\n", to: json)
    }
  }
}
