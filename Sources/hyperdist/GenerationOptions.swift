// What commands that generate networks have in common.

import ArgumentParser
import Configurations
import Datasets
import Evaluation
import Host
import Reporting
import TrainedModels

/// How networks of a checkpoint or a sample file are generated and run.
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

  /// Starts ranks and threads, reads the file, a sample file by the configuration `given`, if one is, and sees that `outputs` can be written, at no input's cost. Collective.
  func start(
    _ checkpoint: String, outputs: [OutputFile] = [], given: () throws -> Configuration? = { nil }
  ) throws -> (session: Session, trained: TrainedNetworks) {
    let (session, given) = try Session.start(
      threads: cores.threads, resolvingIfGiven: given)
    let trained = try session.together {
      try TrainedNetworks(file: checkpoint, parameters, given: given)
    }
    try session.requireSameFile(checkpoint, trained)
    let data = trained.configuration.data.files(dataDirectory: dataDir)
    try session.check(outputs, inputs: [checkpoint] + data)
    return (session, trained)
  }

  /// The images that the networks were trained on, with the other splits. Collective.
  func data(of trained: TrainedNetworks, _ session: Session) throws -> Dataset {
    let (images, digest) = try session.data(
      of: trained.configuration, dataDir, kept: trained.data.flatMap { DataSummary(text: $0) })
    if session.isRoot, let known = trained.dataDigest, known != digest {
      StandardError.note(
        "warning: \(images.location): these are not the images that the networks were trained on (SHA-256 \(digest.prefix(16))... "
          + "and not \(known.prefix(16))...)")
    }
    return images
  }

  /// Runs networks of `trained` on all ranks of the session, of a file the first `networks`; `data` may be missing where no
  /// network has normalizations. Collective.
  func evaluator(
    _ trained: TrainedNetworks, _ data: Dataset?, _ session: Session, networks: Int? = nil
  ) throws -> EnsembleEvaluator {
    let source = try session.together {
      try trained.networks(first: networks, threadCount: session.pool.threadCount)
    }
    return try EnsembleEvaluator(
      networks: source, settings: trained.configuration.objectiveSettings,
      statistics: data.map {
        StatisticsSource(
          images: $0.training, batch: trained.statisticsBatch,
          limit: statisticsImages)
      },
      communicator: session.communicator, pool: session.pool)
  }
}

extension ParameterKind: ExpressibleByArgument {}

extension Session {
  /// Sees that all ranks have read the same file. Collective.
  func requireSameFile(_ path: String, _ trained: TrainedNetworks) throws {
    try agreement.requireSame(
      path, "\(trained.state), \(trained.identity.prefix(16))...", by: trained.identity,
      advice: "give a file that all ranks share")
  }
}

extension TrainedNetworks {
  /// How many networks a command takes: as many as `option` asks for, which a file must have, or `standard`, of a file all.
  func count(_ asked: Int?, _ option: String, standard: Int) throws -> Int {
    guard let networkCount else { return asked ?? standard }
    guard let asked else { return networkCount }
    if asked > networkCount {
      throw BadRequest(
        description: "\(option) \(asked): the file has \(networkCount) networks")
    }
    return asked
  }
}
