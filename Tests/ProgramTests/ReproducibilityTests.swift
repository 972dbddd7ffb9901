// The same bits at any rank count, thread count and exchange, across stops and resumes.

import Foundation
import RankLauncher
import Testing

@Suite(.serialized) struct ReproducibilityTests {
  struct Arrangement: CustomStringConvertible {
    var ranks: Int
    var threads: Int
    var exchange = "allgather"
    var description: String { "\(ranks) ranks x \(threads) threads, \(exchange)" }
  }

  private func train(
    _ arrangement: Arrangement, steps: Int, in directory: String, more: [String] = []
  ) throws {
    try Program.succeed(
      ["train"] + Program.mnist + [
        "--steps", "\(steps)", "--threads", "\(arrangement.threads)", "--run-dir", directory,
        "--set", "distribution.exchange=\(arrangement.exchange)",
        "--set", "validation.every=25", "--set", "validation.samples=6",
        "--set", "metrics.every=5", "--set", "checkpoint.every=0",
      ] + more, ranks: arrangement.ranks)
  }

  @Test func ranksThreadsExchangesAndResumes() throws {
    let folder = try TestFolder()
    let reference = "\(folder.path)/reference"
    try train(Arrangement(ranks: 1, threads: 1), steps: 50, in: reference)
    let digest = try Program.digest(of: reference)
    let metrics = try Program.metrics(of: reference)
    #expect(digest.count == 64)
    #expect(metrics.count == 11)

    let arrangements = [
      Arrangement(ranks: 1, threads: 2), Arrangement(ranks: 2, threads: 1),
      Arrangement(ranks: 2, threads: 2, exchange: "sliced"), Arrangement(ranks: 3, threads: 1),
      Arrangement(ranks: 4, threads: 1, exchange: "sliced"), Arrangement(ranks: 8, threads: 1),
    ]
    for (index, arrangement) in arrangements.enumerated() {
      let directory = "\(folder.path)/\(index)"
      try train(arrangement, steps: 50, in: directory)
      #expect(try Program.digest(of: directory) == digest, "\(arrangement)")
      #expect(try Program.metrics(of: directory) == metrics, "\(arrangement)")
    }

    // Stopped after 17 and 31 steps and taken up on other rank counts. The run's own last step is
    // always logged and validated, so only the rows of an uninterrupted run are compared.
    let chain = "\(folder.path)/chain"
    try train(Arrangement(ranks: 2, threads: 1), steps: 17, in: chain)
    try train(Arrangement(ranks: 3, threads: 1, exchange: "sliced"), steps: 31, in: chain)
    try train(Arrangement(ranks: 1, threads: 2), steps: 50, in: chain)
    #expect(try Program.digest(of: chain) == digest)
    let steps = Set(metrics.map { $0[0] })
    #expect(try Program.metrics(of: chain).filter { steps.contains($0[0]) } == metrics)

    // Another shard count is another order of summation: other bits.
    let other = "\(folder.path)/other"
    try train(
      Arrangement(ranks: 2, threads: 1), steps: 10, in: other,
      more: ["--set", "distribution.shards=4"])
    let same = "\(folder.path)/same"
    try train(Arrangement(ranks: 2, threads: 1), steps: 10, in: same)
    #expect(try Program.digest(of: other) != Program.digest(of: same))
  }

  @Test func randomCandidatesAreTheSameOnAllRanks() throws {
    let folder = try TestFolder()
    let arrangements = [
      Arrangement(ranks: 1, threads: 1), Arrangement(ranks: 2, threads: 1),
      Arrangement(ranks: 3, threads: 1, exchange: "sliced"),
      Arrangement(ranks: 4, threads: 2, exchange: "sliced"),
    ]
    var digests: [String] = []
    for (index, arrangement) in arrangements.enumerated() {
      let directory = "\(folder.path)/\(index)"
      try train(
        arrangement, steps: 8, in: directory, more: ["--set", "objective.entropy.candidates=6"])
      digests.append(try Program.digest(of: directory))
    }
    try train(arrangements[0], steps: 8, in: "\(folder.path)/all")
    #expect(Set(digests).count == 1)
    #expect(try Program.digest(of: "\(folder.path)/all") != digests[0])
  }

  /// The fast reduction's bits depend on the rank count, its results hardly; files say which it was.
  @Test func fastReductionSaysSo() throws {
    let folder = try TestFolder()
    let fast = ["--set", "distribution.reduction=fast"]
    var digests: [String] = []
    var losses: [Double] = []
    for (ranks, more) in [(3, []), (1, fast), (3, fast), (5, fast)] {
      let directory = "\(folder.path)/\(digests.count)"
      try train(Arrangement(ranks: ranks, threads: 1), steps: 5, in: directory, more: more)
      digests.append(try Program.digest(of: directory))
      let metrics = try Program.metrics(of: directory)
      let (names, row) = (metrics[0], try #require(metrics.last))
      losses.append(Double(row[try #require(names.firstIndex(of: "loss"))]) ?? .nan)
      let expected = more.isEmpty ? "reproducible" : "fast"
      #expect(row[try #require(names.firstIndex(of: "reduction"))] == expected)
      let log = try contents(of: "\(directory)/log.jsonl").split(separator: "\n")[0]
      #expect(log.contains("\"reduction\": \"\(expected)\""))
      let inspected = try Program.succeed(
        ["inspect", "--json", "\(directory)/checkpoints/latest"])
      #expect(inspected.output.contains("\"reduction\": \"\(expected)\""))
    }
    #expect(digests[1] == digests[0])
    #expect(Set(digests).count == 3)
    for loss in losses { #expect(abs(loss / losses[0] - 1) <= 1e-3) }
    let other = try Program.run(
      ["train", "--run-dir", "\(folder.path)/3", "--steps", "6"] + Program.mnist, ranks: 2)
    #expect(other.status == 1)
    #expect(other.errors.contains("reduction: reproducible"))
  }

  @Test func evaluationAndSamplesDoNotDependOnRanks() throws {
    let folder = try TestFolder()
    let directory = "\(folder.path)/run"
    try train(Arrangement(ranks: 2, threads: 1), steps: 5, in: directory)
    let checkpoint = "\(directory)/checkpoints/latest"
    var evaluations: [String] = []
    var files: [Data] = []
    for (ranks, threads) in [(1, 1), (2, 2), (3, 1)] {
      let run = try Program.succeed(
        [
          "evaluate", checkpoint, "--samples", "7", "--images", "300", "--json", "-", "--threads",
          "\(threads)",
        ], ranks: ranks)
      evaluations.append(run.output)
      let output = "\(folder.path)/samples\(ranks).safetensors"
      try Program.succeed(
        ["sample", checkpoint, "--count", "7", "--output", output], ranks: ranks)
      files.append(try Data(contentsOf: URL(fileURLWithPath: output)))
    }
    #expect(evaluations[0].contains("\"majority_accuracy\": "))
    #expect(Set(evaluations).count == 1)
    #expect(files[0].count > 7 * 20_018 * 4)
    #expect(Set(files).count == 1)
  }
}
