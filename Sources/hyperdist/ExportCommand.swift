// hyperdist export

import ArgumentParser
import Configurations
import Datasets
import Evaluation
import Exporting
import Host
import Numerics
import Reporting
import TrainedModels

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a hypernetwork, or networks with their weights, as an ONNX file.",
    discussion: """
      Without options: a checkpoint's hypernetwork, latents in, all weights out.
      --with-target: latents and inputs in, what each network and their ensemble say out.
      --networks N: N networks with their weights in the file, inputs in; of a sample file or a baseline by default all.
      """)

  @OptionGroup var network: NetworkOptions

  @Flag(help: "Put the target network into the file too, which runs what latents generate.")
  var withTarget = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Put this many networks into the file: those of evaluate with the same --seed.",
      valueName: "n"))
  var networks: Int?

  @Option(help: ArgumentHelp("The file: its name ends in .onnx.", valueName: "file.onnx"))
  var output: String

  func validate() throws {
    try requireAtLeastOne(networks, "--networks")
    if withTarget, networks != nil {
      throw ValidationError(
        "--with-target takes latents and --networks has networks in their place; give one of them")
    }
    if !output.hasSuffix(".onnx") {
      throw ValidationError("--output \(output): the name must end in .onnx")
    }
  }

  private var file: OutputFile { OutputFile(output, option: "--output") }

  func run() throws {
    let (session, trained) = try network.start(outputs: [file])
    if networks == nil, let hypernetwork = trained.hypernetwork {
      try export(hypernetwork, trained, session)
    } else {
      try exportNetworks(of: trained, session)
    }
    try session.finish()
  }

  /// The hypernetwork, alone or with its target network. Collective.
  private func export(
    _ hypernetwork: TrainedHypernetwork, _ trained: TrainedNetworks, _ session: Session
  ) throws {
    let parameters = hypernetwork.parameters
    try session.require { try need("the hypernetwork", parameters.values.count) }
    let units = withTarget ? try units(of: trained, session) : .pixels
    let gauge = hypernetwork.configuration.objectiveSettings.gauge
    let about = metadata(of: trained, seed: nil)
    let result =
      withTarget
      ? "the hypernetwork of \(trained.state) and its target network"
      : "the hypernetwork of \(trained.state)"
    try write(result, session) {
      withTarget
        ? NetworkModel(
          ensemble: parameters, gauge: gauge, units: units, about: about)
        : NetworkModel(generator: parameters, gauge: gauge, about: about)
    }
  }

  /// Networks that are generated or there. Collective.
  private func exportNetworks(of trained: TrainedNetworks, _ session: Session) throws {
    if withTarget {
      throw BadRequest(
        description:
          "--with-target: there is no hypernetwork in \(network.checkpoint); leave the option out, and its networks are "
          + "exported with their weights")
    }
    guard let standard = networks ?? trained.networkCount else {
      throw BadRequest(
        description:
          "\(network.checkpoint) is a distribution of networks and no hypernetwork, whose latents a file could take; say how many "
          + "of its networks are written, with their weights: --networks N"
      )
    }
    let count = try trained.count(networks, "--networks", standard: standard)
    let target = trained.target
    try session.require {
      try need("--networks \(count)", count, target.weightCount + target.statisticCount)
    }
    let data = target.isNormalized ? try network.data(of: trained, session) : nil
    let evaluator = try network.evaluator(trained, data, session, networks: count)
    let request = EvaluationRequest(networkCount: count, seed: network.seed)
    let weights = try evaluator.generateAll(request)
    let statistics = SharedBuffer<Float>(count: count * target.statisticCount)
    if target.isNormalized {
      let own = evaluator.statistics(of: request)
      try withExtendedLifetime(own) {
        try evaluator.gather(own.values.view, count: count, into: statistics.view)
      }
    }
    let units = try units(of: trained, session, data)
    let about = metadata(of: trained, seed: trained.networkCount == nil ? network.seed : nil)
    try write("\(count) networks of \(trained.state)", session) {
      NetworkModel(
        networks: NetworkWeights(target: target, weights: weights, statistics: statistics),
        units: units, about: about)
    }
  }

  /// What `numbers` of `setting` take, which must fit into one file.
  private func need(_ setting: String, _ numbers: Int...) throws -> MemoryNeed {
    var need = MemoryNeed()
    need.add(setting, bytes: [12] + numbers)
    let size = need.bytes / 3
    if size > NetworkModel.mostBytes - (1 << 24) {
      throw BadRequest(
        description:
          "\(setting): \(size) bytes of weights, and an ONNX file has at most \(NetworkModel.mostBytes); "
          + (networks == nil ? "export networks with --networks N" : "take fewer networks"))
    }
    return need
  }

  /// How networks are given what the data set has: as the file says, or else as `data`, which may have been read already, is.
  /// Collective.
  private func units(
    of trained: TrainedNetworks, _ session: Session, _ data: Dataset? = nil
  ) throws -> DataUnits {
    if let kept = trained.data.flatMap({ DataSummary(text: $0) }) { return DataUnits(kept) }
    let settings = trained.configuration.data
    guard settings.normalize == .channel || settings.name == DataFile.name else { return .pixels }
    return DataUnits(DataSummary(of: try data ?? network.data(of: trained, session)))
  }

  private func metadata(of trained: TrainedNetworks, seed: UInt64?) -> ModelMetadata {
    let configuration = trained.configuration
    return ModelMetadata(
      networks: trained.state, configuration: configuration.yaml(),
      data: trained.data ?? configuration.data.name,
      step: trained.step, stateDigest: trained.stateDigest, seed: seed)
  }

  /// Writes a model on rank 0 and says so. Collective.
  private func write(_ what: String, _ session: Session, _ model: () -> NetworkModel) throws {
    try session.onRoot {
      let pieces = model().pieces
      try file.write(pieces: pieces)
      let size = pieces.reduce(0) { $0 + $1.count }
      StandardError.note("\(output): \(what); \(Format.fixed(1e-6 * Double(size), 1)) MB")
    }
  }
}
