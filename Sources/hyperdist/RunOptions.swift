// What commands that train have in common.

import ArgumentParser
import Configurations
import Glibc
import Host
import Reporting
import RunFiles
import Training

/// Of commands that train in a run folder.
struct RunOptions: ParsableArguments {
  @OptionGroup var options: ConfigurationOptions

  @Option(help: "Where the run is kept (default: runs/NAME-DATE-TIME).")
  var runDir: String?

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @Option(parsing: .unconditional, help: "Overrides the number of steps.")
  var steps: Int?

  @OptionGroup var cores: ThreadOptions

  @Option(help: "auto: from the run folder's latest checkpoint; never; or a checkpoint file.")
  var resume = "auto"

  @Flag(help: "Print the resolved configuration and end.")
  var printConfig = false

  func validate() throws {
    try requireAtLeastOne(steps, "--steps")
    try requireName(runDir, "--run-dir")
    try requireName(dataDir, "--data-dir")
    try requireName(resume, "--resume")
  }

  /// Trains what the configuration says, with `method` in its place; all ranks.
  func train(_ method: BaselineMethod) throws {
    let configuration = try resolve(method)
    if printConfig {
      if LaunchedRank.rank == 0 { StandardOutput.write(configuration.yaml()) }
      return
    }
    let session = try Session.start(threads: cores.threads)
    StopSignal.install()
    try session.require {
      try .training(
        configuration, threads: session.pool.threadCount, ranks: session.communicator.size)
    }
    let name = method == .none ? options.name : "\(options.name)-\(method.rawValue)"
    let directory = try session.communicator.broadcast(
      runDir ?? "runs/\(name)-\(Self.timestamp())", from: 0)
    try session.onRoot { try OutputFolder(directory, option: "--run-dir").prepare() }
    let data =
      configuration.problem == .toy
      ? nil : try session.together { try configuration.data.load(dataDirectory: dataDir) }
    let trainer = try Trainer(
      configuration: configuration, data: data, runDirectory: directory,
      communicator: session.communicator, pool: session.pool,
      observer: session.isRoot ? ConsoleProgress(threads: session.placement.text) : nil,
      warning: session.placement.warning)
    let outcome = try trainer.run(resume: mode)
    try session.finish()
    if outcome.stopSignal != nil { throw StoppedOnSignal() }
  }

  /// The configuration asked for; a run folder that exists brings its own.
  func resolve(_ method: BaselineMethod) throws -> Configuration {
    var saved: (yaml: String, source: String)?
    if let runDir, let text = try RunFolder(directory: runDir).savedConfiguration() {
      saved = (text, RunFolder(directory: runDir).configuration)
      let known = try Configuration.parse(yaml: text, source: saved!.source).baseline.method
      guard known == method else { throw BadRequest(description: otherRun(runDir, known)) }
    }
    let section = method == .none ? "training" : "baseline"
    let configuration = try options.resolve(
      extra: (steps.map { ["\(section).steps=\($0)"] } ?? [])
        + (method == .none ? [] : ["baseline.method=\(method.rawValue)"]), fallback: saved)
    if method == .none, configuration.baseline.method != .none {
      throw BadRequest(
        description:
          "baseline.method is \(configuration.baseline.method.rawValue): networks without a "
          + "hypernetwork are trained by hyperdist baseline \(configuration.baseline.method.rawValue)"
      )
    }
    if method != .none, configuration.problem == .toy {
      throw BadRequest(
        description:
          "baseline \(method.rawValue): the toy problem has no networks; take another --preset")
    }
    return configuration
  }

  private func otherRun(_ directory: String, _ method: BaselineMethod) -> String {
    "--run-dir \(directory): there is a run of "
      + (method == .none ? "hyperdist train" : "hyperdist baseline \(method.rawValue)")
      + "; give another folder"
  }

  private var mode: ResumeMode {
    switch resume {
    case "auto": .auto
    case "never": .never
    default: .from(checkpoint: resume)
    }
  }

  private static func timestamp() -> String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y%m%d-%H%M%S", &local)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
