// Whose a run folder is, and what becomes of what lay in it before.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct RunFolderTests {
  private static let quick = [
    "train", "--preset", "quickstart", "--threads", "1", "--set", "training.latents=8", "--set",
    "training.imagesPerLatent=2", "--set", "validation.every=0", "--set", "metrics.every=1",
  ]

  private let folder = TestFolder()
  private var directory: String { "\(folder.path)/run" }

  private func shell(_ script: String, _ arguments: [String]) throws -> RankRun {
    try RankLauncher.runShell(script, program: "hyperdist", Self.quick + arguments)
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Shell commands that wait until a training has logged a step.
  private func awaiting(step: Int) -> String {
    "for i in $(seq 300); do grep -qs '^\(step),' \(directory)/metrics.csv && break; sleep 0.1; done"
  }

  @Test func trainingsThatStartTogetherHaveFoldersOfTheirOwn() throws {
    let run = try shell(
      """
      cd \(folder.path)
      for i in 1 2 3; do "$@" & children="$children $!"; done
      for child in $children; do wait $child || exit 1; done
      """, ["--steps", "2"])
    #expect(run.status == 0, "\(run.errors)")
    let names = folder.names(in: "runs")
    #expect(names.count == 3, "\(names)")
    for name in names {
      #expect(folder.names(in: "runs/\(name)/checkpoints") == ["latest", "step-00000002.h5"])
    }
  }

  /// On one host, and on two that share the file system.
  @Test(arguments: ["", "unshare --uts sh -c 'hostname elsewhere; exec \"$@\"' sh"])
  func aSecondTrainingInAFolderIsRefused(host: String) throws {
    let run = try shell(
      """
      "$@" & first=$!
      \(awaiting(step: 2))
      echo "first $first"
      mpirun --oversubscribe -np 2 \(host) "$@"
      echo "second $?"
      kill -TERM $first
      wait $first
      echo "status $?"
      """, ["--steps", "100000", "--run-dir", directory])
    #expect(run.lines.contains("second 1") && run.lines.last == "status 3", "\(run.output)")
    let number = run.lines.first { $0.hasPrefix("first ") }?.dropFirst(6) ?? "?"
    let refusals = run.errors.split(separator: "\n").filter { $0.contains("is going on in this") }
    #expect(refusals.count == 1, "\(run.errors)")
    let refusal = String(refusals.first ?? "")
    #expect(refusal.contains(directory) && refusal.contains("process \(number) on"), "\(refusal)")
    #expect(refusal.contains(ProcessInfo.processInfo.hostName), "\(refusal)")
    // The first one's files are whole, and the folder is free again.
    let steps = try Program.metrics(of: directory).dropFirst().compactMap { Int($0[0]) }
    #expect(steps == Array(1...steps.count))
    try Program.succeed(
      Self.quick + ["--steps", "\(steps.count + 1)", "--run-dir", directory])
  }

  @Test(arguments: [1, 2]) func aDeadTrainingsFolderIsTakenOver(ranks: Int) throws {
    let start = ranks == 1 ? "" : "mpirun --oversubscribe -np \(ranks) "
    let run = try shell(
      """
      \(start)"$@" & first=$!
      \(awaiting(step: 4))
      \(ranks == 1 ? "kill -KILL $first" : "kill -KILL $(pgrep -P $first | sort -n | head -n 1)")
      wait $first
      "$@" --set checkpoint.every=0 --steps 8
      """, ["--steps", "100000", "--set", "checkpoint.every=2", "--run-dir", directory])
    #expect(run.status == 0, "\(run.errors)")
    let reference = "\(folder.path)/reference"
    try Program.succeed(Self.quick + ["--steps", "8", "--run-dir", reference])
    #expect(try Program.digest(of: directory) == Program.digest(of: reference))
  }

  /// Somebody removes the folder of a training that goes on, and starts another under its name.
  @Test func aTrainingWhoseFolderWasTakenWritesNothingMore() throws {
    let run = try shell(
      """
      "$@" --set checkpoint.every=0 --steps 100000 & first=$!
      \(awaiting(step: 2))
      rm -r \(directory)
      "$@" --steps 3
      echo "second $?"
      kill -TERM $first
      wait $first
      echo "first $?"
      """, ["--run-dir", directory])
    #expect(run.lines.contains("second 0") && run.lines.last == "first 1", "\(run.errors)")
    #expect(run.errors.contains("no longer this training's"), "\(run.errors)")
    #expect(folder.names(in: "run/checkpoints") == ["latest", "step-00000003.h5"])
  }

  // MARK: Long names

  @Test(arguments: [190, 215, 260, 1000, 3900], [1, 2])
  func longPathsWork(length: Int, ranks: Int) throws {
    var path = folder.path
    while path.utf8.count < length {
      path += "/" + String(repeating: "d", count: max(1, min(200, length - path.utf8.count - 1)))
    }
    try Program.succeed(
      Self.quick + ["--steps", "1", "--run-dir", path], ranks: ranks)
    try Program.succeed(["inspect", "\(path)/checkpoints/latest"])
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/checkpoints").sorted()
    #expect(names == ["latest", "step-00000001.h5"])
  }

  /// The folder can be made, but its files' names would be too long: known before the work.
  @Test(arguments: [4060, 4200]) func pathsBeyondTheSystemsLimitAreRefusedAtTheStart(length: Int)
    throws
  {
    var path = folder.path
    while path.utf8.count < length {
      path += "/" + String(repeating: "d", count: max(1, min(200, length - path.utf8.count - 1)))
    }
    let run = try Program.run(
      Self.quick + ["--steps", "100000", "--run-dir", path], ranks: 2, timeout: 60)
    #expect(run.status == 1 || run.status == 2, "\(run.errors)")
    let lines = run.errors.split(separator: "\n").filter { $0.contains("hyperdist: ") }
    #expect(lines.count == 1 && lines[0].contains("--run-dir"), "\(run.errors)")
    #expect(!run.errors.contains("step 1"))
  }

  // MARK: Files that were there

  /// A run's checkpoints moved away, and another run begun in the folder.
  @Test func filesOfAnEarlierRunAreKept() throws {
    try Program.succeed(Self.quick + ["--steps", "3", "--run-dir", directory])
    let metrics = try contents(of: "\(directory)/metrics.csv")
    let log = try contents(of: "\(directory)/log.jsonl")
    let events = try #require(folder.names(in: "run").first { $0.hasPrefix("events.out") })
    let curves = try Data(contentsOf: URL(filePath: "\(directory)/\(events)"))
    try FileManager.default.moveItem(
      atPath: "\(directory)/checkpoints", toPath: "\(directory)/old")
    let run = try Program.succeed(Self.quick + ["--steps", "2", "--run-dir", directory])
    #expect(try contents(of: "\(directory)/metrics.csv.1") == metrics)
    #expect(try contents(of: "\(directory)/log.jsonl.1") == log)
    #expect(try Data(contentsOf: URL(filePath: "\(directory)/earlier-events.1")) == curves)
    #expect(run.errors.contains("metrics.csv.1") && run.errors.contains("are kept"))
    #expect(try Program.metrics(of: directory).count == 3)
    #expect(folder.names(in: "run").filter { $0.contains("tfevents") }.count == 1)
    // Going on with the run sets nothing aside.
    try Program.succeed(Self.quick + ["--steps", "4", "--run-dir", directory])
    #expect(!exists("\(directory)/metrics.csv.2") && !exists("\(directory)/config.yaml.2"))
  }

  /// A configuration that somebody wrote into the folder is what is trained, and stays as it was written.
  @Test func aConfigurationOfSomebodysOwnIsKept() throws {
    let text =
      "# Mine.\ndata: {name: glyphs}\ntraining: {latents: 8, imagesPerLatent: 2}\nvalidation: {every: 0}\n"
    folder.write(text, to: "run/config.yaml")
    try Program.succeed(["train", "--steps", "2", "--run-dir", directory])
    #expect(try contents(of: "\(directory)/config.yaml.1") == text)
    #expect(try contents(of: "\(directory)/config.yaml").contains("steps: 2"))
    try Program.succeed(["train", "--steps", "3", "--run-dir", directory])
    #expect(!exists("\(directory)/config.yaml.2"))
  }
}
