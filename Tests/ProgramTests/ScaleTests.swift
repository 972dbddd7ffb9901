// What scale promises.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ScaleTests {
  static let tiny = [
    "--preset", "quickstart", "--set", "training={latents: 4, imagesPerLatent: 2}", "--set",
    "distribution.shards=2", "--set", small,
  ]

  /// A hypernetwork whose steps are short.
  static let small =
    "hypernetwork={latentSize: 20, codeSize: 4, extractorHidden: [20, 20], generatorHidden: [[8, 8], [12, 12], [12, 12], [8, 8]]}"

  private func rows(_ folder: String) throws -> [[String: String]] {
    let lines = try contents(of: "\(folder)/scaling.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  /// One and two ranks, twice; then a third round, in which only what is missing is started.
  @Test func studyIsMeasuredAndGoesOn() throws {
    let folder = TestFolder()
    let study = "\(folder.path)/study"
    let arguments = ["scale"] + Self.tiny + ["--ranks", "1,2", "--steps", "2", "--output", study]
    let first = try Program.succeed(arguments + ["--rounds", "2"])
    var table = try rows(study)
    #expect(table.count == 8)
    #expect(Set(table.map { $0["digest"]! }).count == 1 && table[0]["digest"]!.count == 64)
    for row in table {
      #expect(row["mode"] == "strong" && row["latents"] == "4" && row["problem"] == "")
      let seconds = Double(row["seconds"]!) ?? .nan
      let phases = row.filter { $0.key.hasPrefix("slowest_") }.compactMap { Double($0.value) }
      #expect(phases.count == 8 && phases.reduce(0, +) <= seconds)
      #expect((Int(row["bytes"]!)! > 0) == (row["ranks"] == "2"))
    }
    #expect(first.output.contains("base: 1 x 1"))
    let before = table.map { $0["seconds"]! }
    let second = try Program.succeed(arguments + ["--rounds", "3"])
    table = try rows(study)
    #expect(table.count == 12 && table.prefix(8).map { $0["seconds"]! } == before)
    #expect(second.errors.components(separatedBy: "round 3 of 3").count == 3)
    #expect(!second.errors.contains("round 2 of 3"))
    for name in [
      "scaling-points.csv", "scaling-time.svg", "scaling-efficiency.png", "scaling-phases.svg",
      "scaling-bytes.svg",
    ] {
      #expect(FileManager.default.fileExists(atPath: "\(study)/\(name)"), "\(name)")
    }
    let page = try Program.succeed(["report", study])
    #expect(page.output.contains("report.html"))
    let html = try contents(of: "\(study)/report.html")
    #expect(html.contains("2 x 1") && html.contains("<svg"))
    // Other settings in the same folder are a mistake.
    let refused = try Program.run(
      ["scale"] + Self.tiny + [
        "--set", "training.seed=7", "--ranks", "1", "--output", study, "--steps", "2",
      ])
    #expect(refused.status == 2 && refused.errors.contains("seed: 1, now seed: 7"))
  }

  /// Nine ranks are more than four a shard: a line of the table, and the others are timed.
  @Test func pointThatDiesIsALine() throws {
    let folder = TestFolder()
    let run = try Program.succeed(
      ["scale"] + Self.tiny + [
        "--ranks", "1,9", "--rounds", "1", "--steps", "1", "--output", folder.path,
      ])
    let table = try rows(folder.path)
    let dead = try #require(table.first { $0["ranks"] == "9" })
    #expect(dead["step"] == "0" && dead["seconds"] == "")
    #expect(dead["problem"]!.hasPrefix("9 ranks are more than 4 for each of the 2 shards"))
    #expect(table.count == 2 && run.output.contains("9 x 1  died: 9 ranks are more"))
  }

  @Test func weakStudyGrowsTheProblem() throws {
    let folder = TestFolder()
    try Program.succeed(
      ["scale"] + Self.tiny + [
        "--ranks", "1,2", "--weak", "--rounds", "1", "--steps", "1", "--output", folder.path,
      ])
    let table = try rows(folder.path)
    #expect(
      Set(table.map { "\($0["ranks"]!) \($0["latents"]!) \($0["mode"]!)" }) == [
        "1 4 weak", "2 8 weak",
      ])
  }

  /// sbatch is a script that keeps what it is given; then the job's file is run as it would be.
  @Test func submitWritesAJobAPoint() throws {
    let folder = TestFolder()
    let arguments =
      ["scale"] + Self.tiny + [
        "--ranks", "1,2", "--rounds", "1", "--steps", "1", "--output", "\(folder.path)/s",
      ]
    let script =
      "mkdir \(folder.path)/bin && printf '#!/bin/sh\\necho $1 >> \(folder.path)/submitted\\n' > \(folder.path)/bin/sbatch && "
      + "chmod +x \(folder.path)/bin/sbatch && PATH=\(folder.path)/bin:$PATH exec \"$@\""
    let run = try RankLauncher.runShell(
      script, program: "hyperdist",
      arguments + ["--submit", "--node-cores", "64", "--sbatch=--partition=cpu"])
    #expect(run.status == 0, "\(run.errors)")
    let submitted = try contents(of: "\(folder.path)/submitted").split(separator: "\n")
    #expect(submitted.count == 2)
    for job in submitted {
      let text = try contents(of: String(job))
      #expect(text.contains("#SBATCH --partition=cpu") && text.contains("#SBATCH --nodes=1"))
      let started = try RankLauncher.runShell("bash \(job)", program: "hyperdist", [])
      #expect(started.status == 0, "\(started.errors)")
    }
    let gathered = try Program.succeed(arguments)
    #expect(!gathered.errors.contains("round 1"))
    #expect(try rows("\(folder.path)/s").count == 2)
  }

  @Test func badRequestsAreOneLine() throws {
    for (arguments, text) in [
      (["--ranks", "0"], "--ranks"), (["--submit"], "--node-cores"),
      (["--node-cores", "4"], "with --submit only"), (["--rounds", "0"], "--rounds"),
      (["--ranks", "2,3", "--weak"], "no multiple"), (["--model", "/nowhere"], "/nowhere"),
    ] {
      let folder = TestFolder()
      let run = try Program.run(["scale", "--output", folder.path] + arguments)
      #expect(run.status == 2 && run.errors.contains(text), "\(arguments): \(run.errors)")
    }
  }
}
