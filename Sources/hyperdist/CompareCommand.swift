// hyperdist compare

import Analysis
import ArgumentParser
import Configurations
import Datasets
import Evaluation
import Host
import Reporting
import TrainedModels

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Measure ensembles of several methods on the same images, and how many independently trained networks each is worth.",
    discussion: """
      Each of what is compared is a run folder (the networks it ended with, or else its latest checkpoint), a checkpoint or a \
      sample file, and has the name of its folder or file, or another one: NAME=PATH. All must be of one data set and target network.
      """)

  @Argument(help: ArgumentHelp("What is compared.", valueName: "[name=]path"))
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "One of these names: networks trained independently, by which others are measured (default: the largest deep ensemble).",
      valueName: "name"))
  var pool: String?

  @Option(
    parsing: .unconditional,
    help: "Networks of each: as many are generated; of a file no more than it has.")
  var samples = 100

  @Option(help: "validation or test.")
  var split = Split.test

  @OptionGroup var limit: ImageOptions

  @OptionGroup var outliers: OutlierOptions

  @Option(
    help: ArgumentHelp("The folder for table and figures, which report shows.", valueName: "dir"))
  var output = "comparison"

  @OptionGroup var options: ConfigurationOptions

  @OptionGroup var generation: GenerationOptions

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireSamples(samples)
    try requireName(output, "--output")
    for path in paths { try requireName(path, "PATH") }
  }

  func run() throws {
    let (session, fallback) = try Session.start(
      threads: generation.cores.threads, resolvingIfGiven: { try options.resolveIfGiven() })
    let inputs = try session.together { try ComparedInput.all(paths) }
    let about = try session.together { try describe(inputs, fallback) }
    let areNumbers = about.first?.predictsNumbers == true
    if areNumbers { try session.together { try requireNoClasses() } }
    let pool = try session.together { try areNumbers ? nil : choosePool(about) }
    let folder = OutputFolder(output, option: "--output")
    try session.onRoot { try folder.prepare() }
    try session.check(figures.files, inputs: inputs.map(\.file))

    let begin = monotonicSeconds()
    guard !areNumbers else {
      try compareNumbers(about, in: folder, since: begin, session, fallback: fallback)
      return try session.finish()
    }
    var comparison = Comparison()
    (comparison.split, comparison.seed) = (split.rawValue, generation.seed)
    (comparison.outliers, comparison.pool) = (outliers.ood, pool?.name)
    comparison.warnings = warnings(about, pool)
    // The pool first: the others are measured by it.
    var reference: MeasuredEnsemble?
    if let pool { reference = try measure(pool, fallback, isPool: true, session) }
    for item in about {
      let measured =
        item.name == pool?.name
        ? reference! : try measure(item, fallback, against: reference, session)
      comparison.methods.append(measured.method)
      (comparison.data, comparison.images) = (
        item.configuration.data.title, measured.run.imageCount
      )
    }
    if session.isRoot {
      let (files, problem) = try ComparisonFiles.write(comparison, to: folder.path)
      let text =
        ([ComparisonText.describe(comparison, seconds: monotonicSeconds() - begin)]
        + files.map { "  \($0)" }).joined(separator: "\n")
      try figures.write(comparison.json, orText: text)
      if let problem { StandardError.note("warning: \(problem)") }
    }
    try session.finish()
  }

  /// What is compared, before it is measured.
  struct Item {
    let name: String
    let file: String
    let configuration: Configuration
    /// Networks it is asked for.
    let samples: Int
    let predictsNumbers: Bool

    var isIndependent: Bool {
      [.sgd, .deepEnsemble].contains(configuration.baseline.method) && samples > 1
    }
  }

  /// An item's networks, and the images that they are measured on.
  struct OpenedItem {
    let networks: TrainedNetworks
    let data: Dataset
    let sets: EvaluationImages
  }

  /// Collective.
  func open(_ item: Item, _ fallback: Configuration?, _ session: Session) throws -> OpenedItem {
    let networks = try session.together {
      try TrainedNetworks(anyFile: item.file, generation.parameters, fallback: fallback)
    }
    let data = try generation.data(of: networks, session)
    let sets = try session.together {
      try outliers.sets(
        split.images(of: data), of: data, calibration: data.validation,
        dataDirectory: generation.dataDir)
    }
    return OpenedItem(networks: networks, data: data, sets: sets)
  }

  /// Reads all files for the first time, and sees that they can be compared. Local.
  private func describe(_ inputs: [ComparedInput], _ fallback: Configuration?) throws -> [Item] {
    let items = try inputs.map { input in
      let trained = try TrainedNetworks(
        anyFile: input.file, generation.parameters, fallback: fallback)
      return Item(
        name: input.name, file: input.file, configuration: trained.configuration,
        samples: min(samples, trained.networkCount ?? samples),
        predictsNumbers: trained.target.loss.isRegression)
    }
    for item in items.dropFirst() {
      let differences = item.configuration.differences(
        from: items[0].configuration, in: Configuration.kindKeys)
      guard differences.isEmpty else {
        throw BadRequest(
          description:
            "\(item.name) cannot be compared with \(items[0].name): "
            + differences.map { "\($0.key) is \($0.own) and not \($0.other)" }
            .joined(separator: ", "))
      }
    }
    return items
  }

  private func choosePool(_ items: [Item]) throws -> Item? {
    guard let pool else {
      return items.filter(\.isIndependent).max { $0.samples < $1.samples }
    }
    guard let item = items.first(where: { $0.name == pool }) else {
      throw BadRequest(
        description:
          "--pool \(pool): the compared are called \(items.map(\.name).joined(separator: ", "))")
    }
    guard item.samples > 1 else {
      throw BadRequest(description: "--pool \(pool): this is one network; a pool has several")
    }
    return item
  }

  private func warnings(_ items: [Item], _ pool: Item?) -> [String] {
    guard let pool else {
      return [
        "none of these is a deep ensemble: what the others are worth in independently trained networks is not known; "
          + "add a run of hyperdist baseline deep-ensemble, or name one with --pool"
      ]
    }
    let own = pool.configuration.data.augment
    return items.filter { $0.configuration.data.augment != own }.map {
      "\($0.name) was trained with data.augment \($0.configuration.data.augment.rawValue), \(pool.name) with \(own.rawValue): its "
        + "equivalent compares unlike trainings"
    }
  }

  private struct MeasuredEnsemble {
    let method: ComparedMethod
    let curve: EnsembleCurve
    let run: EnsembleRun
    let evaluator: EnsembleEvaluator
  }

  /// Collective.
  private func measure(
    _ item: Item, _ fallback: Configuration?, isPool: Bool = false,
    against reference: MeasuredEnsemble? = nil, _ session: Session
  ) throws -> MeasuredEnsemble {
    let opened = try open(item, fallback, session)
    let (trained, data, sets) = (opened.networks, opened.data, opened.sets)
    try session.require { need(item, sets, session) }
    let evaluator = try generation.evaluator(trained, data, session, networks: item.samples)
    let bar = ProgressBar(
      "\(item.name), \(item.samples) networks",
      total: evaluator.ownNetworks(item.samples).count * sets.passes(limit: limit.images),
      isShown: session.isRoot)
    let outcome = try evaluator.report(
      EvaluationRequest(
        networkCount: item.samples, seed: generation.seed, imageLimit: limit.images,
        progress: bar.advance), on: sets, keeps: .probabilities)
    bar.finish()
    let run = outcome.evaluated
    let curve = try evaluator.curve(
      of: run,
      sizes: isPool ? Array(1...item.samples) : EnsembleSizeScore.sizes(upTo: item.samples),
      seed: generation.seed)
    var method = ComparedMethod(name: item.name, file: item.file, outcome.report)
    method.add(curve, reference: isPool ? curve : reference?.curve)
    method.networks = trained.state
    method.augment = item.configuration.data.augment.rawValue
    method.step = trained.step
    method.coreSeconds = trained.coreSeconds(file: item.file)
    if let cost = try trained.cost(networks: item.samples) {
      method.trained = cost.trained
      method.trainingFLOPs = cost.trainingFLOPs
      method.storedNumbers = cost.storedNumbers
      method.flopsOfOneMore = cost.flopsOfOneMore
    }
    if let reference {
      let common = min(item.samples, reference.method.samples)
      if let own = try evaluator.likelihoods(of: run, first: common, seed: generation.seed),
        let other = try reference.evaluator.likelihoods(
          of: reference.run, first: common, seed: generation.seed)
      {
        method.paired = PairedDifference(own, against: other, networks: common)
      }
    }
    return MeasuredEnsemble(method: method, curve: curve, run: run, evaluator: evaluator)
  }

  /// Of a rank's networks what each says of the images.
  private func need(_ item: Item, _ sets: EvaluationImages, _ session: Session) -> MemoryNeed {
    let images = min(limit.images ?? sets.evaluated.count, sets.evaluated.count)
    var need = MemoryNeed()
    need.add(
      "--samples \(item.samples)", bytes: item.samples / session.communicator.size, images,
      1 + 4 * sets.evaluated.classCount)
    return need
  }
}
