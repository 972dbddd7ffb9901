// Runs that keep an average of their parameters, and what commands make of it.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct AverageTests {
  private let folder = TestFolder()

  /// Trains a small network to step `steps`, validated and saved at every step.
  private func train(
    _ name: String, decay: String, steps: Int = 6, ranks: Int = 1, threads: Int = 1
  ) throws {
    try Program.succeed(
      [
        "train", "--run-dir", "\(folder.path)/\(name)", "--threads", "\(threads)", "--steps",
        "\(steps)", "--set", "training={latents: 8, imagesPerLatent: 4, learningRate: 3e-3}",
        "--set", "training.averageDecay=\(decay)", "--set",
        "validation={every: 1, samples: 3}", "--set", "metrics.every=1", "--set",
        "checkpoint={every: 1, keep: 0}", "--set",
        "hypernetwork={latentSize: 6, extractorHidden: [24], generatorHidden: [[16], [32]]}",
        "--set",
        "target.layers=[convolution: {filters: 4, size: 5, stride: 2, padding: same}, relu, "
          + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
      ], ranks: ranks)
  }

  private func checkpoint(_ name: String) -> String { "\(folder.path)/\(name)/checkpoints/latest" }

  /// All figures but the training's cost, which holds its time.
  private func evaluate(_ name: String, _ options: [String] = []) throws -> String {
    try Program.succeed(
      [
        "evaluate", checkpoint(name), "--samples", "3", "--images", "100", "--no-temperature",
        "--json", "-",
      ] + options
    ).output.replacing(/"cost": \{[^}]*\}/, with: "")
  }

  @Test func checkpointsHoldIt() throws {
    try train("run", decay: "0.75")
    let difference = try Python.output(
      of: Program.pythonScript("check_average"), ["\(folder.path)/run/checkpoints", "0.75"])
    let worst = try #require(
      Double(difference.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(worst <= 1e-5)
  }

  @Test func isTheSameOnAnyRanksAndAfterResuming() throws {
    try train("alone", decay: "0.75")
    let digest = try Program.digest(of: "\(folder.path)/alone")
    let metrics = try Program.metrics(of: "\(folder.path)/alone")
    for (ranks, threads) in [(1, 3), (2, 2), (4, 1), (8, 1)] {
      try train("\(ranks)", decay: "0.75", ranks: ranks, threads: threads)
      #expect(try Program.digest(of: "\(folder.path)/\(ranks)") == digest, "\(ranks) ranks")
      #expect(try Program.metrics(of: "\(folder.path)/\(ranks)") == metrics, "\(ranks) ranks")
    }
    try train("resumed", decay: "0.75", steps: 2, ranks: 2)
    try train("resumed", decay: "0.75", steps: 5, ranks: 3)
    try train("resumed", decay: "0.75")
    #expect(try Program.digest(of: "\(folder.path)/resumed") == digest)
    #expect(try Program.metrics(of: "\(folder.path)/resumed") == metrics)
  }

  /// The training is that of a run without, and `last` gives the same networks; validations differ.
  @Test func commandsTakeEither() throws {
    try train("with", decay: "0.75")
    try train("without", decay: "0")
    let rows = try ["with", "without"].map { try Program.metrics(of: "\(folder.path)/\($0)") }
    let names = rows[0][0]
    for (column, name) in names.enumerated() {
      let (one, other) = (rows[0].map { $0[column] }, rows[1].map { $0[column] })
      // The first step's average is its parameters.
      #expect(one[1] == other[1], "\(name)")
      if name == "validation_entropy" {
        #expect(one != other)
      } else if !name.hasPrefix("validation_") {
        #expect(one == other, "\(name)")
      }
    }

    let (last, average) = try (
      evaluate("with", ["--parameters", "last"]), evaluate("with", ["--parameters", "average"])
    )
    #expect(try evaluate("with") == average)
    #expect(last.contains("\"parameters\": \"last\""))
    #expect(average.contains("\"parameters\": \"average\""))
    #expect(try evaluate("without") == last)
    #expect(average.replacing("\"average\"", with: "\"last\"") != last)

    func sample(_ name: String, _ options: [String]) throws -> Data {
      let file = "\(folder.path)/networks.h5"
      try Program.succeed(
        ["sample", checkpoint(name), "--count", "2", "--output", file] + options)
      return Data(
        try Python.output(
          of:
            "import h5py, sys\nprint(h5py.File(sys.argv[1])['weights/layer2/kernel'][()].tolist())",
          [file]
        ).utf8)
    }
    #expect(try sample("with", []) == sample("with", ["--parameters", "average"]))
    #expect(try sample("with", ["--parameters", "last"]) == sample("without", []))
    #expect(try sample("with", []) != sample("without", []))
    func layers(_ name: String, _ options: [String]) throws -> Substring? {
      let text = try Program.succeed(
        ["inspect", checkpoint(name), "--networks", "3", "--json"] + options
      ).output
      return text.range(of: "\"generated\": ").map { text[$0.upperBound...] }
    }
    let generated = try #require(try layers("without", []))
    #expect(try layers("with", ["--parameters", "last"]) == generated)
    #expect(try layers("with", []) != generated)
    let inspected = try Program.succeed(["inspect", checkpoint("with"), "--json"]).output
    #expect(inspected.contains("\"parameters\": [\"last\", \"average\"]"))
    #expect(inspected.contains("\"intact\": true"))
  }

  @Test func aRunWithoutIsOneLine() throws {
    try train("plain", decay: "0", steps: 1)
    for ranks in [nil, 2] {
      let result = try Program.run(
        ["evaluate", checkpoint("plain"), "--parameters", "average"], ranks: ranks)
      #expect(result.status == 1)
      let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist: ") }
      #expect(lines.count == 1, "\(result.errors)")
      #expect(result.errors.contains("kept no average of its parameters"), "\(result.errors)")
    }
    let other = try Program.run(
      [
        "train", "--run-dir", "\(folder.path)/plain", "--steps", "2", "--set",
        "training.averageDecay=0.5",
      ])
    #expect(other.status == 1)
    #expect(other.errors.contains("training.averageDecay: 0 -> 0.5"), "\(other.errors)")
  }
}
