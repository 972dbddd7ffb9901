// hyperdist train

import ArgumentParser
import Glibc
import Host
import Reporting
import RunFiles
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a hypernetwork.")

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "Where the run is kept (default: runs/NAME-DATE-TIME).")
  var runDir: String?

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @Option(parsing: .unconditional, help: "Overrides training.steps.")
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

  func run() throws {
    // A run folder that exists brings its own configuration.
    var saved: (yaml: String, source: String)?
    if let runDir, let text = try RunFolder(directory: runDir).savedConfiguration() {
      saved = (text, RunFolder(directory: runDir).configuration)
    }
    let configuration = try options.resolve(
      extra: steps.map { ["training.steps=\($0)"] } ?? [], fallback: saved)
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
    let directory = try session.communicator.broadcast(
      runDir ?? "runs/\(options.name)-\(Self.timestamp())", from: 0)
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
