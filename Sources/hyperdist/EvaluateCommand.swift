// hyperdist evaluate

import ArgumentParser
import Checkpointing
import Configurations
import Datasets
import Evaluation
import Files
import Host
import Reporting
import TrainedModels

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract:
      "Measure networks, alone and together: generated from a checkpoint, or those of a sample file."
  )

  @OptionGroup var network: NetworkOptions

  @Option(
    parsing: .unconditional,
    help: "Networks to measure (default: 200 of a checkpoint, all of a sample file).")
  var samples: Int?

  @Option(help: "validation or test.")
  var split = Split.test

  @OptionGroup var limit: ImageOptions

  @OptionGroup var outliers: OutlierOptions

  @Flag(
    inversion: .prefixedNo,
    help: "Fit a temperature to the validation split, which is evaluated for that too.")
  var temperature = true

  @Option(
    help: ArgumentHelp(
      "Write all probabilities to an HDF5 file.", valueName: "file.h5"))
  var saveProbabilities: String?

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    if let samples { try requireSamples(samples) }
    if let saveProbabilities, !saveProbabilities.hasSuffix(".h5") {
      throw ValidationError("--save-probabilities \(saveProbabilities): the name must end in .h5")
    }
  }

  private var probabilities: [OutputFile] {
    saveProbabilities.map { [OutputFile($0, option: "--save-probabilities", .tensors)] } ?? []
  }

  func run() throws {
    let (session, trained) = try network.start(outputs: probabilities + figures.files)
    let samples = try trained.count(samples, "--samples", standard: 200)
    if trained.target.loss.isRegression, outliers.ood != nil {
      throw BadRequest(
        description:
          "--ood: networks that predict numbers have no class probabilities by which they could tell other images: it has no meaning for them"
      )
    }
    let data = try network.data(of: trained, session)
    let sets = try session.together { try imageSets(data) }
    try session.require { need(samples, sets, session) }
    let evaluator = try network.evaluator(trained, data, session, networks: samples)
    let bar = ProgressBar(
      "evaluating \(samples) networks",
      total: evaluator.ownNetworks(samples).count * sets.passes(limit: limit.images),
      isShown: session.isRoot)
    let begin = monotonicSeconds()
    guard !trained.target.loss.isRegression else {
      try evaluateNumbers(trained, evaluator, sets, samples, bar, begin, session, data)
      return try session.finish()
    }
    let outcome = try evaluator.report(
      EvaluationRequest(
        networkCount: samples, seed: network.seed, imageLimit: limit.images, progress: bar.advance),
      on: sets,
      keeps: saveProbabilities == nil ? [] : .probabilities)
    bar.finish()
    for file in probabilities { try save(outcome, of: samples, to: file, session) }
    if session.isRoot {
      let text = EvaluationText.describe(
        outcome.report, state: trained.state, split: split.rawValue, data: data.name,
        classNames: data.names.classes, seconds: monotonicSeconds() - begin)
      try figures.write(
        outcome.report.json(
          about(trained, samples, data: data.name), classNames: data.names.classes), orText: text)
    }
    try session.finish()
  }

  /// What JSON begins with.
  private func about(_ trained: TrainedNetworks, _ samples: Int, data: String) throws -> [(
    String, JSONValue
  )] {
    let cost = try trained.cost(networks: samples)
    return [
      ("step", trained.step.map { .integer($0) } ?? .null),
      ("parameters", .string(trained.parameters)), ("networks", .string(trained.state)),
      ("data", .string(data)), ("split", .string(split.rawValue)),
      ("seed", .unsigned(network.seed)),
      (
        "cost",
        cost.map { $0.json(coreSeconds: trained.coreSeconds(file: network.checkpoint)) } ?? .null
      ),
    ]
  }

  /// The same of networks that predict numbers. Collective.
  private func evaluateNumbers(
    _ trained: TrainedNetworks, _ evaluator: EnsembleEvaluator, _ sets: EvaluationImages,
    _ samples: Int, _ bar: ProgressBar, _ begin: Double, _ session: Session, _ data: Dataset
  ) throws {
    let (report, predictions) = try evaluator.reportRegression(
      EvaluationRequest(
        networkCount: samples, seed: network.seed, imageLimit: limit.images, progress: bar.advance),
      on: sets)
    bar.finish()
    for file in probabilities {
      try NumberPredictionFile.write(
        file.end, networkCount: predictions.networkCount, targetCount: predictions.targetCount,
        predictions: predictions.means.view, deviations: predictions.deviations?.view,
        noise: report.result.noise, observed: predictions.observed,
        communicator: session.communicator)
      if session.isRoot { StandardError.note("\(file.path): predictions of \(samples) networks") }
    }
    guard session.isRoot else { return }
    let text = RegressionText.describe(
      report, state: trained.state, split: split.rawValue, data: data.name,
      targetNames: data.names.targets, seconds: monotonicSeconds() - begin)
    try figures.write(report.json(about(trained, samples, data: data.name)), orText: text)
  }

  /// Of a rank's networks what each says of the images.
  private func need(_ samples: Int, _ sets: EvaluationImages, _ session: Session) -> MemoryNeed {
    let images = min(limit.images ?? sets.evaluated.count, sets.evaluated.count)
    var need = MemoryNeed()
    if let targets = sets.evaluated.targets {
      need.add("--samples \(samples)", bytes: samples, images, 8 * targets.outputCount)
      return need
    }
    need.add(
      "--samples \(samples)", bytes: samples / session.communicator.size, images,
      saveProbabilities == nil ? 1 : 1 + 4 * sets.evaluated.classCount)
    return need
  }

  private func imageSets(_ data: Dataset) throws -> EvaluationImages {
    try outliers.sets(
      split.images(of: data), of: data, calibration: temperature ? data.validation : nil,
      dataDirectory: network.dataDir)
  }

  /// Collective.
  private func save(
    _ outcome: EvaluationOutcome, of samples: Int, to file: OutputFile, _ session: Session
  ) throws {
    let runs: [(String, EnsembleRun?)] = [
      ("", outcome.evaluated), ("validation/", outcome.calibration), ("ood/", outcome.outliers),
    ]
    let predictions = runs.compactMap { group, run in
      run.map { run in
        PredictionTensors(
          group: group, networkCount: samples, classCount: run.predictions[0].classCount,
          ownProbabilities: run.probabilities?.view,
          meanProbabilities: run.predictions.last!.meanProbabilities, labels: run.labels)
      }
    }
    try ProbabilityFile.write(
      file.end, predictions, temperature: outcome.report.scaled?.scaling.temperature,
      communicator: session.communicator)
    if session.isRoot { StandardError.note("\(file.path): probabilities of \(samples) networks") }
  }
}
