// hyperdist analyze, of networks

import Analysis
import ArgumentParser
import Host
import Reporting
import RunFiles
import TrainedModels

extension AnalysisKind: ExpressibleByArgument {}

struct AnalyzeNetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks",
    abstract:
      "Look at networks, generated or of a sample file: figures (SVG and PNG, drawn by gnuplot) and their numbers (CSV).",
    usage: "hyperdist analyze <what> <checkpoint> [<options>]",
    discussion: """
      What there is, and what --samples counts (its default):
      \(AnalysisKind.allCases.map { "  \($0.rawValue): \($0.samples.meaning) (\($0.samples.standard))" }
        .joined(separator: "\n"))
      """)

  @Argument(
    help: ArgumentHelp(
      AnalysisKind.allCases.map(\.rawValue).joined(separator: ", "), valueName: "what"))
  var kind: AnalysisKind

  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp(
      "The folder for the files (default: figures of the checkpoint's run folder, which report shows; "
        + "analysis for a checkpoint outside one).", valueName: "dir"))
  var output: String?

  @Option(parsing: .unconditional, help: "How many networks, pairs or ensemble members; see above.")
  var samples: Int?

  @Option(help: "validation (the paper's) or test.")
  var split = Split.validation

  @OptionGroup var limit: ImageOptions

  func validate() throws {
    try requireName(output, "--output")
    if let samples, samples < kind.fewestSamples || samples > 10_000 {
      throw ValidationError("--samples must be \(kind.fewestSamples) to 10000 for \(kind.rawValue)")
    }
  }

  func run() throws {
    let (session, trained) = try network.start()
    if let objection = kind.objection(to: trained.target.loss) {
      throw BadRequest(description: objection)
    }
    let samples = try sampleCount(trained)
    let folder = OutputFolder(
      output ?? RunFolder(ofCheckpoint: network.checkpoint)?.figures ?? "analysis",
      option: "--output")
    try session.onRoot { try folder.prepare() }
    let data = try network.data(of: trained, session)
    let images = try split.images(of: data)
    try session.require {
      .analysis(
        kind, samples: samples,
        images: min(limit.images ?? images.count, images.count), target: trained.target,
        latentSize: trained.latentSize, ranks: session.communicator.size)
    }
    let evaluator = try network.evaluator(trained, data, session)
    var request = AnalysisRequest(
      samples: samples, seed: network.seed,
      images: images, imageLimit: limit.images)
    request.training = data.training
    let bar = ProgressBar(
      kind.rawValue, total: kind.work(evaluator, request), isShown: session.isRoot)
    request.progress = bar.advance
    let begin = monotonicSeconds()
    let result = try kind.run(evaluator, request)
    bar.finish()
    if session.isRoot {
      let (files, problem) = try AnalysisFiles.write(
        result, data: data.name, split: split.rawValue,
        to: folder.path)
      StandardOutput.line(
        "\(trained.state), \(kind.rawValue), \(Format.duration(monotonicSeconds() - begin))"
      )
      for line in result.summary { StandardOutput.line("  \(line)") }
      for file in files { StandardOutput.line("  \(file)") }
      if let problem { StandardError.note("warning: \(problem)") }
    }
    try session.finish()
  }

  /// As many as asked for, or as is usual; of a file no more than it has networks for.
  private func sampleCount(_ trained: TrainedNetworks) throws -> Int {
    let wanted = samples ?? kind.samples.standard
    guard let count = trained.networkCount else { return wanted }
    let most = kind.samples(ofNetworks: count)
    guard most >= (samples ?? kind.fewestSamples) else {
      throw BadRequest(
        description: "analyze \(kind.rawValue) of --samples \(samples ?? kind.fewestSamples) takes "
          + "\(kind.networks(samples ?? kind.fewestSamples)) networks, the file has \(count)")
    }
    return min(wanted, most)
  }
}
