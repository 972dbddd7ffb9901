// What a training leaves, and how it ends when things go wrong.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct TrainingRunTests {
  private static let quick = [
    "train", "--preset", "quickstart", "--set", "validation.every=0", "--set", "metrics.every=1",
  ]

  @Test func runFolder() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    let run = try Program.succeed(
      Self.quick + [
        "--steps", "6", "--run-dir", directory, "--set", "checkpoint.every=1", "--set",
        "checkpoint.keep=2",
      ], ranks: 2)
    #expect(run.output.contains("hyperdist evaluate \(directory)/checkpoints/latest"))
    let header = try contents(of: "\(directory)/metrics.csv").split(separator: "\n")[0]
    for column in [
      "step", "seconds", "images_per_second", "loss", "accuracy_loss", "diversity_loss", "entropy",
      "train_accuracy", "learning_rate", "lambda", "validation_mean_accuracy",
      "validation_majority_accuracy",
    ] {
      #expect(header.split(separator: ",").contains(Substring(column)))
    }
    let events = try contents(of: "\(directory)/log.jsonl").split(separator: "\n").map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }
    #expect(events.first??["event"] as? String == "start")
    #expect(events.last??["event"] as? String == "stop")
    let checkpoints = try FileManager.default.contentsOfDirectory(
      atPath: "\(directory)/checkpoints"
    ).sorted()
    #expect(checkpoints == ["latest", "step-00000005.h5", "step-00000006.h5"])
    // The folder's own configuration continues it.
    try Program.succeed(["train", "--run-dir", directory, "--steps", "7"])
    #expect(try contents(of: "\(directory)/metrics.csv").contains("\n7,"))
  }

  /// Batch systems send SIGTERM to every process while the launcher hands on SIGUSR1.
  @Test(arguments: ["TERM", "USR1 TERM", "TERM TERM"])
  func signalSavesAndResumeGoesOn(signals: String) throws {
    let folder = TestFolder()
    let (directory, reference) = ("\(folder.path)/run", "\(folder.path)/reference")
    let options = Self.quick + ["--set", "checkpoint.every=0"]
    // The program is ended by the shell that started it, when its first steps are done.
    let script = """
      "$@" & child=$!
      \(awaiting(step: 3, of: directory))
      for signal in \(signals); do kill -$signal $child; done
      wait $child
      """
    let run = try RankLauncher.runShell(
      script, program: "hyperdist", options + ["--steps", "100000", "--run-dir", directory])
    #expect(run.status == 3, "\(run.errors)")
    let stopped = try contents(of: "\(directory)/log.jsonl")
    #expect(stopped.contains("\"event\": \"signal\""))
    let saved = try #require(
      try Program.metrics(of: directory).last?.first.flatMap { Int($0) })
    let steps = ["--steps", "\(saved + 4)"]
    try Program.succeed(options + steps + ["--run-dir", directory], ranks: 2)
    try Program.succeed(options + steps + ["--run-dir", reference])
    #expect(try Program.digest(of: directory) == Program.digest(of: reference))
  }

  /// Matrix products use the stack pointer for other things: signals in the middle of a step that is hardly anything
  /// else must find another thread's stack.
  @Test(arguments: [1, 2]) func signalsWhileMultiplying(threads: Int) throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    let script = """
      "$@" & child=$!
      \(awaiting(step: 2, of: directory))
      for i in $(seq 100); do
        kill -TERM $child 2>/dev/null
        sleep 0.003
      done
      wait $child
      """
    let widths = "[1000, 1000]"
    let run = try RankLauncher.runShell(
      script, program: "hyperdist",
      Self.quick + [
        "--threads", "\(threads)", "--steps", "100000", "--run-dir", directory,
        "--set", "training.imagesPerLatent=1", "--set", "checkpoint.every=0",
        "--set", "hypernetwork.generatorHidden=[\(widths), \(widths), \(widths), \(widths)]",
      ])
    #expect(run.status == 3, "\(run.errors)")
    #expect(run.errors.contains("on SIGTERM"), "\(run.errors)")
  }

  @Test func deadRankEndsTheJob() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    let script = """
      mpirun --oversubscribe -np 2 "$@" & child=$!
      \(awaiting(step: 3, of: directory))
      kill -KILL $(pgrep -P $child | tail -n 1)
      start=$(date +%s)
      wait $child
      status=$?
      echo "seconds $(($(date +%s) - start))"
      exit $status
      """
    let run = try RankLauncher.runShell(
      script, program: "hyperdist",
      Self.quick + ["--steps", "100000", "--run-dir", directory])
    #expect(run.status != 0)
    let seconds = run.lines.last.flatMap { Int($0.replacingOccurrences(of: "seconds ", with: "")) }
    #expect((seconds ?? 99) <= 10)
  }

  @Test func refusals() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    let many = try Program.run(
      Self.quick + ["--steps", "2", "--run-dir", directory, "--set", "distribution.shards=1"],
      ranks: 5)
    #expect(many.status == 2)
    #expect(many.errors.contains("5 ranks are more than 4 for each of the 1 shards"))
    let three = try Program.run(
      Self.quick + [
        "--steps", "2", "--run-dir", directory, "--set", "distribution.collectives=tree",
      ], ranks: 3)
    #expect(three.status == 2)
    #expect(three.errors.contains("tree needs 1, 2, 4, 8 or another power of two of ranks, not 3"))

    try Program.succeed(Self.quick + ["--steps", "2", "--run-dir", directory])
    let again = try Program.run(
      Self.quick + ["--steps", "3", "--run-dir", directory, "--resume", "never"], ranks: 2)
    #expect(again.status == 1)
    #expect(again.errors.contains("holds a training already"))
    let changed = try Program.run(
      Self.quick + ["--steps", "3", "--run-dir", directory, "--set", "objective.lambda=7"])
    #expect(changed.status == 1)
    #expect(changed.errors.contains("objective.lambda: 1000 -> 7"))

    let checkpoint = "\(directory)/checkpoints/step-00000002.h5"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: checkpoint))
    for arguments in [
      Self.quick + ["--steps", "3", "--run-dir", directory], ["evaluate", checkpoint],
      ["inspect", checkpoint],
    ] {
      let truncated = try Program.run(arguments, ranks: 2)
      #expect(truncated.status == 1)
      #expect(truncated.errors.contains("step-00000002.h5"))
    }
    // One flipped bit in the middle of the numbers.
    var damaged = bytes
    damaged[bytes.count / 2] ^= 0x10
    try damaged.write(to: URL(fileURLWithPath: checkpoint))
    let inspected = try Program.run(["inspect", checkpoint])
    #expect(inspected.status == 1)
    #expect(inspected.errors.contains("damaged"))
  }

  @Test func missingData() throws {
    let folder = TestFolder()
    let run = try Program.run(
      ["train", "--preset", "mnist", "--run-dir", "\(folder.path)/run"], ranks: 2,
      environment: [
        "HYPERDIST_DATA": folder.path, "XDG_CACHE_HOME": folder.path, "HOME": folder.path,
      ])
    #expect(run.status == 1 || run.status == 2)
    #expect(run.errors.contains(folder.path))
    #expect(run.errors.contains("hyperdist data fetch mnist"))
  }

  /// Shell commands that wait until a training has logged a step.
  private func awaiting(step: Int, of directory: String) -> String {
    "for i in $(seq 300); do grep -qs '^\(step),' \(directory)/metrics.csv && break; sleep 0.1; done"
  }
}
