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
    if printConfig {
      return try SoleRank.run { StandardOutput.write(try resolve(method).yaml()) }
    }
    // What asks for the end from here on is answered after the first step.
    StopSignal.listen()
    let (session, configuration) = try Session.start(
      threads: cores.threads, resolving: { try resolve(method) })
    StopSignal.handleElsewhere()
    try session.require {
      try .training(
        configuration, threads: session.pool.threadCount, ranks: session.communicator.size)
    }
    let (directory, claimed) = try claimFolder(method, session)
    let outcome: TrainingOutcome
    do {
      outcome = try train(configuration, in: directory, lock: claimed?.lock, session)
    } catch {
      claimed?.withdraw()
      throw error
    }
    claimed?.lock.release()
    guard outcome.stopSignal == nil else {
      // Whoever starts it again goes by this status, even where nobody reads what was printed.
      try session.leave()
      throw StoppedOnSignal()
    }
    try session.finish()
  }

  private func train(
    _ configuration: Configuration, in directory: String, lock: RunLock?, _ session: Session
  ) throws -> TrainingOutcome {
    let data =
      configuration.problem == .toy ? nil : try session.data(of: configuration, dataDir)
    let trainer = try Trainer(
      configuration: configuration, data: data?.images, runDirectory: directory,
      communicator: session.communicator, pool: session.pool,
      observer: session.isRoot ? ConsoleProgress(threads: session.placement.text) : nil,
      warning: session.placement.warning, dataDigest: data?.digest, lock: lock)
    return try trainer.run(resume: mode, watchdog: session.watchdog)
  }

  /// Makes the run folder where it is missing, takes its lock, which rank 0 has, and sees that all ranks find the same folder. Collective.
  private func claimFolder(_ method: BaselineMethod, _ session: Session) throws -> (
    directory: String, claimed: ClaimedFolder?
  ) {
    let name = method == .none ? options.name : "\(options.name)-\(method.rawValue)"
    var directory = runDir ?? ""
    var claimed: ClaimedFolder?
    try session.onRoot {
      if runDir == nil {
        directory = try RunFolder.new("runs/\(name)-\(Self.timestamp())").directory
      }
      claimed = try ClaimedFolder(directory, isNew: runDir == nil)
    }
    directory = try session.communicator.broadcast(directory, from: 0)
    do {
      try session.agreement.requireOneFolder(directory, option: "--run-dir")
    } catch {
      claimed?.withdraw()
      throw error
    }
    return (directory, claimed)
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
