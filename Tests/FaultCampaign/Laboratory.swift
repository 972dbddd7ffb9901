// Where the program under test is, how it is started, and what it computes when nobody disturbs it.

import Foundation
import TestSupport

final class Laboratory {
  let program: String
  private let folder = TestFolder()
  private var reference: TinyRun { TinyRun(directory: "\(folder.path)/reference") }
  private var digests: [Int: String] = [:]
  private var rows: [String] = []
  private var durations: [Int: Double] = [:]
  /// By the name of its source.
  private var builtShims: [String: String] = [:]
  /// What waiting times are multiplied by.
  private let patience: Double

  /// Trains once, without ranks and without faults.
  init(program: String, patience: Double) throws {
    (self.program, self.patience) = (program, patience)
    try TinyData.write(in: folder.path)
    let ended = try run(reference.train(to: TinyRun.steps, ["checkpoint.keep=0"]), ranks: nil)
    try require(ended.status == 0, "the undisturbed training failed: \(ended.summary)")
    for step in stride(from: TinyRun.interval, through: TinyRun.steps, by: TinyRun.interval) {
      digests[step] = try digest(of: reference.checkpoint(step))
    }
    rows = try reference.rows()
  }

  // MARK: Starting

  /// Starts the program under mpirun; alone where `ranks` is nil. `prefix` is a command that starts it.
  func start(
    _ arguments: [String], ranks: Int?, environment: [String: String] = [:],
    prefix: [String] = []
  ) throws -> Job {
    let launch =
      ranks.map {
        ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "\($0)"]
      } ?? []
    let variables = environment.merging(["HYPERDIST_DATA": folder.path]) { $1 }
      .map { "\($0)=\($1)" }.sorted()
    return try Job(
      launch + prefix + ["env"] + variables + [program] + arguments,
      environment: ProcessVariables.atStart, patience: patience)
  }

  func run(
    _ arguments: [String], ranks: Int?, environment: [String: String] = [:],
    prefix: [String] = [], limit: Double = 90
  ) throws -> Ended {
    func run() throws -> Ended {
      try start(arguments, ranks: ranks, environment: environment, prefix: prefix)
        .wait(limit: limit)
    }
    let ended = try run()
    return ended.status != 0 && RankLauncher.hasLostRanks(ended.errors) ? try run() : ended
  }

  /// Seconds that the whole tiny training takes on some ranks.
  func duration(ranks: Int) throws -> Double {
    if let known = durations[ranks] { return known }
    let space = TestFolder()
    let ended = try run(TinyRun(directory: "\(space.path)/run").train(), ranks: ranks)
    durations[ranks] = ended.seconds
    return ended.seconds
  }

  // MARK: Comparing

  /// SHA-256 of the training state in a checkpoint, which the program finds sound.
  func digest(of checkpoint: String) throws -> String {
    let ended = try run(["inspect", "--digest", checkpoint], ranks: nil)
    try require(
      ended.status == 0 && ended.output.count > 60, "\(checkpoint) is not sound: \(ended.summary)")
    return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A checkpoint of the undisturbed training.
  func checkpoint(_ step: Int) -> String { reference.checkpoint(step) }

  /// The state after `step` must be the undisturbed training's.
  func requireSame(_ checkpoint: String, step: Int) throws {
    let found = try digest(of: checkpoint)
    let expected = try digests[step] ?? digestAt(step)
    try require(
      found == expected, "\(checkpoint) has digest \(found), the undisturbed run's is \(expected)")
  }

  /// Digests of steps that the undisturbed training does not save or come to; its rows become those of the longest.
  private func digestAt(_ step: Int) throws -> String {
    let run = TinyRun(directory: "\(folder.path)/to-\(step)")
    let ended = try self.run(run.train(to: step), ranks: nil)
    try require(ended.status == 0, "the undisturbed training failed: \(ended.summary)")
    digests[step] = try digest(of: run.checkpoint(step))
    let known = try run.rows()
    if known.count > rows.count { rows = known }
    return digests[step]!
  }

  /// A run that has come to `step` must have the undisturbed training's state and rows.
  func requireSame(_ run: TinyRun, step: Int = TinyRun.steps) throws {
    try requireSame(run.checkpoint(step), step: step)
    let found = try run.rows()
    let isValidated = step % 10 == 0
    let expected = rows.prefix(1 + step)
    let counted = isValidated ? found : found.dropLast()
    try require(
      counted.elementsEqual(isValidated ? expected : expected.dropLast())
        && found.count == expected.count,
      "metrics.csv has \(found.count) lines that are not the undisturbed run's \(expected.count): "
        + (zip(found, expected).first { $0 != $1 }.map { "\($0)  instead of  \($1)" } ?? ""))
  }

  /// Goes on with a run, undisturbed, to the end.
  func requireResumes(_ run: TinyRun, to step: Int = TinyRun.steps, ranks: Int?) throws -> Ended {
    let ended = try self.run(run.train(to: step), ranks: ranks)
    try require(ended.status == 0, "the restart failed: \(ended.summary)")
    try requireSame(run, step: step)
    return ended
  }

  /// A copy of the undisturbed training as it was after `step`, with checkpoints each interval.
  func prepare(_ directory: String, at step: Int) throws -> TinyRun {
    let template = TinyRun(directory: "\(folder.path)/template-\(step)")
    if !FileManager.default.fileExists(atPath: template.directory) {
      let ended = try run(template.train(to: step), ranks: nil)
      try require(ended.status == 0, "the undisturbed training failed: \(ended.summary)")
    }
    try FileManager.default.copyItem(atPath: template.directory, toPath: directory)
    return TinyRun(directory: directory)
  }

  // MARK: Faulty calls

  /// The environment under which calls on files fail.
  func faults(_ settings: [String: String]) throws -> [String: String] {
    ["LD_PRELOAD": try shim("faults", "cc", ["-ldl"])]
      .merging(settings.map { ("FAULT_" + $0, $1) }) { $1 }
  }

  /// The environment under which numbers are not finite.
  func numbers(_ settings: [String: String]) throws -> [String: String] {
    ["LD_PRELOAD": try shim("numbers", "mpicc", ["-ldl", "-lm"])]
      .merging(settings.map { ("NUMBER_" + $0, $1) }) { $1 }
  }

  private func shim(_ name: String, _ compiler: String, _ libraries: [String]) throws -> String {
    if let built = builtShims[name] { return built }
    let path = "\(folder.path)/\(name).so"
    let source = RepositoryFile("Tests/FaultCampaign/Shim/\(name).c").url.path
    let ended = try Job(
      [compiler, "-shared", "-fPIC", "-O1", "-o", path, source] + libraries,
      environment: ProcessVariables.atStart
    ).wait()
    try require(ended.status == 0, "the C compiler failed: \(ended.errors)")
    builtShims[name] = path
    return path
  }
}
