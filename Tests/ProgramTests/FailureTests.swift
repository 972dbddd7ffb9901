// How a training ends when the machine, a rank or the numbers fail it.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct FailureTests {
  /// Small steps of the quickstart network, one thread a rank.
  private static let small = [
    "train", "--preset", "quickstart", "--threads", "1", "--set", "training.latents=8", "--set",
    "training.imagesPerLatent=2", "--set", "validation.every=0", "--set", "checkpoint.every=0",
    "--set", "metrics.every=1",
  ]

  private let folder: TestFolder
  private var directory: String { "\(folder.path)/run" }

  init() throws { folder = TestFolder() }

  private func events(_ kind: String) throws -> [[String: Any]] {
    try contents(of: "\(directory)/log.jsonl").split(separator: "\n").compactMap { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }.filter { $0["event"] as? String == kind }
  }

  /// Starts a training on `ranks` ranks, lets `action` happen to it after some steps, and waits. In the
  /// script `ranks` holds the process numbers by rank; the last line printed is the seconds it took.
  private func disturb(ranks: Int, settings: [String], action: String) throws -> RankRun {
    let script = """
      mpirun --oversubscribe --timeout 90 -np \(ranks) "$@" & child=$!
      for i in $(seq 600); do
        grep -qs '^3,' \(directory)/metrics.csv && break
        sleep 0.1
      done
      # Heartbeats come every half second at most.
      sleep 1
      ranks=($(pgrep -P $child | sort -n))
      \(action)
      start=$(date +%s)
      wait $child
      status=$?
      echo "seconds $(($(date +%s) - start))"
      exit $status
      """
    return try RankLauncher.runShell(
      script, program: "hyperdist",
      Self.small + ["--steps", "1000000", "--run-dir", directory] + settings)
  }

  private func seconds(_ run: RankRun) -> Int {
    run.lines.last.flatMap { Int($0.replacingOccurrences(of: "seconds ", with: "")) } ?? 999
  }

  // MARK: Files

  /// A checkpoint has 7.6 MB; the libraries' own files in shared memory have less than 6.
  @Test(arguments: [1, 2])
  func fileSizeLimitIsOneLineAndLeavesTheEarlierCheckpoint(ranks: Int) throws {
    try Program.succeed(Self.small + ["--steps", "2", "--run-dir", directory])
    let digest = try Program.digest(of: directory)
    let start = ranks == 1 ? "" : "mpirun --oversubscribe -np \(ranks) "
    let run = try RankLauncher.runShell(
      "ulimit -f 6000; \(start)\"$@\"", program: "hyperdist",
      Self.small + ["--steps", "4", "--run-dir", directory])
    #expect(run.status == 1, "\(run.errors)")
    let lines = run.errors.split(separator: "\n").filter { $0.contains("hyperdist:") }
    #expect(lines.count == 1, "\(run.errors)")
    let line = lines.first ?? ""
    #expect(
      line.contains("step-00000004.h5: File too large; raise the limit on file sizes"), "\(line)")
    #expect(try Program.digest(of: directory) == digest)
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/checkpoints")
    #expect(files.sorted() == ["latest", "step-00000002.h5"])
  }

  /// Who reads the progress may go away; the training goes on.
  @Test func closedStandardErrorDoesNotEndTheTraining() throws {
    let run = try RankLauncher.runShell(
      "\"$@\" 2>&1 >/dev/null | head -n 1; exit ${PIPESTATUS[0]}", program: "hyperdist",
      Self.small + ["--steps", "30", "--run-dir", directory])
    #expect(run.status == 0)
    #expect(try Program.metrics(of: directory).last?.first == "30")
  }

  // MARK: Numbers that are not finite

  /// lambda grows a thousandfold each step until gradients overflow, in step 7 and after.
  private static let overflowing = ["--set", "objective.lambdaGrowth=1000", "--steps", "11"]

  @Test func tooManySkippedStepsEndTheRunWithTheStateBefore() throws {
    let good = "\(folder.path)/good"
    var digests: Set<String> = []
    for ranks in [1, 3] {
      try? FileManager.default.removeItem(atPath: directory)
      let run = try Program.run(
        Self.small + Self.overflowing + [
          "--run-dir", directory, "--set", "training.maxSkippedSteps=2", "--set",
          "checkpoint.every=5",
        ], ranks: ranks)
      #expect(run.status == 1, "\(run.errors)")
      let lines = run.errors.split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("warning: step ") } == 3, "\(run.errors)")
      let last = lines.filter { $0.hasPrefix("hyperdist:") }
      #expect(last.count == 1, "\(run.errors)")
      #expect(last.first?.contains("in every step since 7") == true, "\(last)")
      #expect(last.first?.contains("checkpoints/step-00000006.h5") == true, "\(last)")
      let skips = try events("skip")
      #expect(skips.compactMap { $0["step"] as? Int } == [7, 8, 9])
      #expect(skips.compactMap { $0["in_a_row"] as? Int } == [1, 2, 3])
      #expect(skips.allSatisfy { ($0["what"] as? String)?.hasPrefix("the gradient of ") == true })
      #expect(try events("stop").compactMap { $0["reason"] as? String } == ["not finite"])
      digests.insert(try Program.digest(of: directory))
    }
    try Program.succeed(
      Self.small + ["--set", "objective.lambdaGrowth=1000", "--steps", "6", "--run-dir", good])
    #expect(digests == [try Program.digest(of: good)])
  }

  /// lambda falls to a tenth each step: the first steps overflow and are skipped, the others are made.
  @Test func skippedStepsKeepTheBitsAcrossRanksAndResumes() throws {
    let settings = [
      "--set", "objective.lambda=1.0e25", "--set", "objective.lambdaGrowth=0.1",
    ]
    var digests: [String] = []
    var metrics: [[[String]]] = []
    for ranks in [1, 2, 3] {
      let path = "\(folder.path)/\(ranks)"
      try Program.succeed(
        Self.small + settings + ["--steps", "12", "--run-dir", path], ranks: ranks)
      digests.append(try Program.digest(of: path))
      metrics.append(try Program.metrics(of: path))
    }
    // Stopped among the skipped steps, and again among the others.
    for (steps, ranks) in [(2, 2), (9, 1), (12, 3)] {
      try Program.succeed(
        Self.small + settings + ["--steps", "\(steps)", "--run-dir", directory], ranks: ranks)
    }
    #expect(Set(digests + [try Program.digest(of: directory)]).count == 1)
    #expect(metrics[1] == metrics[0] && metrics[2] == metrics[0])
    #expect(try Program.metrics(of: directory) == metrics[0])
    let skipped = try events("skip").compactMap { $0["step"] as? Int }
    #expect(skipped.contains(1) && skipped.contains(2) && !skipped.contains(12), "\(skipped)")
  }

  /// Where ranks divide a latent's images, each sees its own part of what is wrong; all skip alike.
  @Test func stepsAreSkippedAlikeInGroups() throws {
    var digests: [String] = []
    for ranks in [1, 2, 3, 4] {
      let path = "\(folder.path)/\(ranks)"
      try Program.succeed(
        Self.small + Self.inSlices + [
          "--set", "objective.lambda=1.0e25", "--set", "objective.lambdaGrowth=0.1", "--steps",
          "12",
          "--run-dir", path,
        ], ranks: ranks)
      digests.append(try Program.digest(of: path))
    }
    #expect(Set(digests).count == 1)
  }

  private static let inSlices = [
    "--set", "distribution={shards: 2, slices: 2}", "--set", "training.imagesPerLatent=2",
  ]

  // MARK: Ranks that stand still or die

  /// The owner of a shard, one that divides images with it, and one that is alone.
  @Test(arguments: [0, 1, 2])
  func stalledRankOfAGroupIsNamed(rank: Int) throws {
    let run = try disturb(
      ranks: 3, settings: Self.inSlices + ["--set", "distribution.stallSeconds=4"],
      action: "kill -STOP ${ranks[\(rank)]}")
    #expect(run.status != 0)
    let lines = run.errors.split(separator: "\n").filter { $0.contains("made no progress") }
    #expect(lines.count == 1 && lines[0].contains("rank \(rank) on"), "\(run.errors)")
  }

  @Test(arguments: [1, 0])
  func stalledRankIsNamedAndEndsTheRun(rank: Int) throws {
    let run = try disturb(
      ranks: 3, settings: ["--set", "distribution.stallSeconds=4"],
      action: "kill -STOP ${ranks[\(rank)]}")
    #expect(run.status != 0)
    let lines = run.errors.split(separator: "\n").filter { $0.contains("made no progress") }
    #expect(lines.count == 1, "\(run.errors)")
    let expected =
      /^hyperdist: rank (\d) on (\S+) made no progress for (\d+) s: step (\d+), phase (\w+); .*--resume auto$/
    let match = try #require(
      lines.first.flatMap { try? expected.wholeMatch(in: $0) }, "\(run.errors)")
    #expect(Int(match.1) == rank)
    #expect(String(match.2) == ProcessInfo.processInfo.hostName)
    #expect((4...8).contains(Int(match.3) ?? 0))
    #expect((Int(match.4) ?? 0) >= 3)
    #expect(seconds(run) <= 20)
  }

  @Test func killedRankEndsTheRunWithinTenSeconds() throws {
    let run = try disturb(ranks: 3, settings: [], action: "kill -KILL ${ranks[1]}")
    #expect(run.status != 0)
    #expect(seconds(run) <= 10)
  }

  /// The whole job stopped for longer than a rank may stall, as a batch system does, and continued.
  @Test func aJobThatWasSuspendedGoesOn() throws {
    let run = try disturb(
      ranks: 2, settings: ["--set", "distribution.stallSeconds=5"],
      action: """
        kill -STOP ${ranks[@]}
        sleep 9
        kill -CONT ${ranks[@]}
        sleep 3
        kill -TERM ${ranks[0]}
        """)
    #expect(!run.errors.contains("made no progress"), "\(run.errors)")
    #expect(run.errors.contains("on SIGTERM"), "\(run.errors)")
  }
}
