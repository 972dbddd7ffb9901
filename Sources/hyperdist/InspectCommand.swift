// hyperdist inspect

import ArgumentParser
import Checkpointing
import Evaluation
import Files
import Host
import Reporting
import TrainedModels

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "Say what is in a checkpoint or sample file, or what networks a configuration describes.")

  @Argument(help: "A checkpoint or sample file (HDF5); or give --config or --preset.")
  var file: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Also say of so many networks, generated from the checkpoint or the first of the sample file, where they differ and how many of their units are dead.",
      valueName: "n"))
  var networks: Int?

  @Option(
    parsing: .unconditional,
    help: "With --networks: how many validation images they see (default: 256).")
  var images: Int?

  @OptionGroup var generation: GenerationOptions

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print only the SHA-256 of all training state.")
  var digest = false

  func validate() throws {
    let isConfiguration = options.config != nil || options.preset != nil
    if (file == nil) == !isConfiguration {
      throw ValidationError("give a file, or --config or --preset: one of them")
    }
    if isConfiguration && digest { throw ValidationError("--digest: of a checkpoint only") }
    if let networks {
      if isConfiguration { throw ValidationError("--networks: of a checkpoint only") }
      if digest { throw ValidationError("give --networks or --digest, not both") }
      if networks < 2 || networks > Self.mostNetworks {
        throw ValidationError("--networks must be 2 to \(Self.mostNetworks)")
      }
    }
    try requireAtLeastOne(images, "--images")
    let alone: [(String, Bool)] = [
      ("--images", images != nil), ("--data-dir", generation.dataDir != nil),
      ("--statistics-images", generation.statisticsImages != nil),
      ("--parameters", generation.parameters != nil),
      ("--threads", generation.cores.threads != nil),
    ]
    if networks == nil, let option = alone.first(where: { $0.1 }) {
      throw ValidationError("\(option.0): with --networks only")
    }
  }

  private static let mostNetworks = 1000

  func run() throws {
    if let file, let networks { return try look(at: file, networks: networks) }
    try SoleRank.run(describe)
  }

  private func describe() throws {
    guard let file else {
      let text = try ConfigurationText(try options.resolve())
      return json ? StandardOutput.line(text.json) : StandardOutput.line(text.text)
    }
    try CheckpointRescue.reading(file) { try describe(file) }
  }

  /// Describes a checkpoint together with networks generated from it. All ranks.
  private func look(at file: String, networks: Int) throws {
    let (session, trained) = try generation.start(file)
    let networks = try trained.count(networks, "--networks", standard: networks)
    let data = try generation.data(of: trained, session)
    let split = data.validation.count > 0 ? Split.validation : .test
    let result = try generation.evaluator(trained, data, session).figures(
      EvaluationRequest(
        networkCount: networks, seed: generation.seed, imageLimit: images ?? 256),
      on: split.images(of: data), layersOf: LayerSample(networks: networks, images: .max))
    try session.onRoot { try describe(file, with: (result, split)) }
    try session.finish()
  }

  private func describe(_ file: String, with generated: (NetworkFigures, Split)? = nil) throws {
    let tensors = try CheckpointFile.list(file)
    if tensors.contains(where: { $0.name == "latents" }) {
      if digest { throw CommandError(description: "\(file): a sample file has no training state") }
      describeSamples(file, tensors, generated)
      return try requireStatistics(file, tensors)
    }
    let summary = try CheckpointSummary(checkpoint: file)
    let isIntact = summary.isIntact
    if digest {
      StandardOutput.line(summary.contentDigest)
    } else if json {
      StandardOutput.line(describe(file, summary, isIntact: isIntact, generated?.0))
    } else {
      describeText(summary, isIntact: isIntact)
      if let (result, split) = generated {
        StandardOutput.line(LayerText.describe(result, images: split.rawValue))
      }
    }
    if !isIntact {
      throw CheckpointError(
        "\(file): the content does not match the digest it was saved with "
          + "(\(summary.header.stateDigest)): the file is damaged; use another checkpoint",
        isDamage: true)
    }
  }

  private func describe(
    _ file: String, _ summary: CheckpointSummary, isIntact: Bool, _ generated: NetworkFigures?
  ) -> JSONValue {
    .object(
      [
        ("file", .string(file)), ("kind", .string("checkpoint")),
        ("format_version", .integer(summary.header.formatVersion)),
        ("program_version", .string(summary.header.programVersion)),
        ("step", .integer(summary.header.step)),
        ("reduction", .string(summary.header.reduction)),
        ("seed", .unsigned(summary.header.seed)),
        ("parameters", .array(summary.kinds.map { .string($0.rawValue) })),
        ("trainable_numbers", .integer(summary.parameterCount)),
        ("generated_weights", .integer(summary.weightCount)),
        ("latent_size", .integer(summary.latentSize)),
        ("state_digest", .string(summary.contentDigest)), ("intact", .bool(isIntact)),
        ("config", .string(summary.header.configuration)),
        ("tensors", tensorList(summary.tensors)),
      ] + (generated.map { [("generated", $0.json)] } ?? []))
  }

  private func describeText(_ summary: CheckpointSummary, isIntact: Bool) {
    StandardOutput.line("checkpoint of hyperdist \(summary.header.programVersion)")
    StandardOutput.line("  step               \(summary.header.step)")
    StandardOutput.line("  seed               \(summary.header.seed)")
    StandardOutput.line("  reduction          \(summary.header.reduction)")
    if summary.kinds.contains(.average) {
      StandardOutput.line("  parameters         last and average")
    }
    StandardOutput.line("  trainable numbers  \(summary.parameterCount)")
    StandardOutput.line("  generated weights  \(summary.weightCount)")
    StandardOutput.line("  latent dimensions  \(summary.latentSize)")
    StandardOutput.line("  state digest       \(summary.contentDigest)")
    StandardOutput.line(
      "  content            \(isIntact ? "intact" : "DAMAGED: differs from the saved digest")")
    for tensor in summary.tensors where !tensor.name.hasPrefix("optimizer/") {
      let shape = tensor.shape.map(String.init).joined(separator: " x ")
      StandardOutput.line("  \(tensor.name)  \(shape)")
    }
  }

  private func describeSamples(
    _ file: String, _ tensors: [(name: String, shape: [Int])], _ generated: (NetworkFigures, Split)?
  ) {
    let origin = (try? SampleFile.contents(of: file))?.header?.origin
    if json {
      StandardOutput.line(
        JSONValue.object(
          [
            ("file", .string(file)), ("kind", .string("samples")),
            ("count", .integer(tensors.first { $0.name == "latents" }?.shape.first ?? 0)),
            ("origin", origin.map { .string($0) } ?? .null),
            ("tensors", tensorList(tensors)),
          ] + (generated.map { [("generated", $0.0.json)] } ?? [])))
      return
    }
    StandardOutput.line(origin.map { "networks: \($0)" } ?? "networks")
    for tensor in tensors {
      StandardOutput.line(
        "  \(tensor.name)  \(tensor.shape.map(String.init).joined(separator: " x "))")
    }
    if let (result, split) = generated {
      StandardOutput.line(LayerText.describe(result, images: split.rawValue))
    }
  }

  /// Scale and shift of a layer are of no use without the means and variances they go with.
  private func requireStatistics(_ file: String, _ tensors: [(name: String, shape: [Int])]) throws {
    let names = Set(tensors.map(\.name))
    for name in names.sorted() where name.hasSuffix("/scale") {
      let layer = String(name.dropLast("/scale".count))
      let missing = ["mean", "variance"].filter { !names.contains("\(layer)/\($0)") }
      guard !missing.isEmpty else { continue }
      throw CommandError(
        description:
          "\(file): \(layer) is normalized, but has no \(missing.joined(separator: " and no ")): the "
          + "networks cannot be used; make the file anew with hyperdist sample")
    }
  }

  private func tensorList(_ tensors: [(name: String, shape: [Int])]) -> JSONValue {
    .array(
      tensors.map { tensor in
        .object([
          ("name", .string(tensor.name)),
          ("shape", .array(tensor.shape.map { .integer($0) })),
        ])
      })
  }
}
