// Requests for more memory than there is: one line before the work, and never a trap.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct MemoryTests {
  private let run: TrainedRun

  init() throws {
    run = try TrainedRun([
      "--steps", "2", "--set", "target.layers=[fullyConnected: {outputs: 10}]", "--set",
      "hypernetwork.generatorHidden=[[8]]",
    ])
  }

  private func expectLine(
    _ result: RankRun, _ setting: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      result.status == 1 || result.status == 2, "\(setting): \(result.errors)",
      sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist: ") }
    #expect(lines.count == 1, "\(setting): \(result.errors)", sourceLocation: sourceLocation)
    #expect(
      result.errors.contains(setting) && result.errors.contains(#/[0-9] bytes/#),
      "\(setting): \(result.errors)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [nil, 2])
  func countsOfGeneratedNetworks(ranks: Int?) throws {
    for count in ["9223372036854775807", "4611686018427387904", "100000000000"] {
      for output in ["x.h5", "x.safetensors"] {
        let result = try Program.run(
          ["sample", run.checkpoint, "--count", count, "--output", run.file(output)], ranks: ranks)
        expectLine(result, "--count \(count)")
      }
    }
    expectLine(
      try Program.run(
        ["bench", "sample", "--count", "9223372036854775807", "--folder", run.folder.path],
        ranks: ranks), "--count 9223372036854775807")
    expectLine(
      try Program.run(
        [
          "evaluate", run.checkpoint, "--samples", "1048576", "--save-probabilities",
          run.file("p.h5"),
        ],
        ranks: ranks), "--samples 1048576")
  }

  private static let wide = "[65536, 65536, 65536, 65536, 65536]"

  @Test(arguments: [
    ("hypernetwork.extractorHidden=\(wide)", "hypernetwork.extractorHidden"),
    (
      "hypernetwork={latentSize: 65536, extractorHidden: [65536], generatorHidden: [[1], [1], [1], [1]]}",
      "hypernetwork.latentSize"
    ),
    ("hypernetwork={codeSize: 65536, extractorHidden: [65536]}", "hypernetwork.codeSize"),
    ("training.latents=1000000", "training.latents 1000000"),
    ("training={latents: 8, imagesPerLatent: 1000000}", "training.imagesPerLatent 1000000"),
    (
      "target.layers=[convolution: {filters: 65536, size: 255, stride: 1, padding: same}, relu, "
        + "convolution: {filters: 65536, size: 255, stride: 1, padding: same}, "
        + "fullyConnected: {outputs: 10}]", "target.layers[2]"
    ),
  ])
  func settings(_ setting: String, _ name: String) throws {
    let options = ["--preset", "mnist", "--set", "data.name=glyphs", "--set", setting]
    for command in [
      ["train", "--run-dir", run.file("wide"), "--threads", "8"],
      ["bench", "step", "--repeats", "1", "--threads", "8"],
    ] {
      // Of images, 3 GB a thread: a machine may have room for eight threads of them.
      if name.hasPrefix("training.imagesPerLatent") {
        let result = try RankLauncher.runShell(
          "ulimit -v 20000000; exec \"$@\"", program: "hyperdist", command + options)
        expectLine(result, name)
      } else {
        expectLine(try Program.run(command + options), name)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: run.file("wide/log.jsonl")))
  }

  /// Networks of committees wait for each other with all they computed.
  @Test func committeesKeepOutputs() throws {
    for command in [
      ["train", "--run-dir", run.file("wide")], ["bench", "step", "--repeats", "1"],
    ] {
      let result = try RankLauncher.runShell(
        "ulimit -v 20000000; exec \"$@\"", program: "hyperdist",
        command + [
          "--threads", "2", "--preset", "mnist", "--set", "data.name=glyphs", "--set",
          "training={latents: 8, imagesPerLatent: 50000}", "--set",
          "objective={committee: 4, diversity: ensemble}",
        ])
      expectLine(result, "objective.committee 4")
    }
  }

  /// Under any limit a command works or says what it lacks.
  @Test func limitsOfTheAddressSpace() throws {
    let large = [
      "train", "--preset", "mnist", "--set", "data.name=glyphs", "--set",
      "hypernetwork.extractorHidden=[4096, 8192]", "--steps", "1", "--run-dir", run.file("limited"),
    ]
    for (kilobytes, arguments, setting) in [
      (1_000_000, large, "hypernetwork.extractorHidden"),
      (
        2_000_000, ["sample", run.checkpoint, "--count", "400000", "--output", run.file("x.h5")],
        "--count 400000"
      ),
    ] {
      let result = try RankLauncher.runShell(
        "ulimit -v \(kilobytes); exec \"$@\"", program: "hyperdist", arguments)
      expectLine(result, setting)
      #expect(result.errors.contains("its address space (ulimit -v) has room for"))
    }
    for kilobytes in [600_000, 800_000, 1_000_000] {
      let result = try RankLauncher.runShell(
        "ulimit -v \(kilobytes); exec \"$@\"", program: "hyperdist",
        ["evaluate", run.checkpoint, "--samples", "3", "--images", "10"])
      #expect(
        [0, 1].contains(result.status), "\(kilobytes) kB: \(result.errors.suffix(2000))")
      #expect(
        !result.errors.contains("Fatal error"), "\(kilobytes) kB: \(result.errors.suffix(2000))")
    }
  }
}
