// The toy problem from training to figure, as users run it.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ToyTests {
  private func train(
    _ directory: String, ranks: Int? = nil, threads: Int = 1, steps: Int, more: [String] = []
  ) throws {
    try Program.succeed(
      ["train", "--preset", "toy", "--steps", "\(steps)", "--threads", "\(threads)", "--run-dir"]
        + [directory] + more, ranks: ranks)
  }

  @Test func theCurvePassesThroughThePeaks() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try Program.succeed(["train", "--preset", "toy", "--run-dir", run])
    let figures = "\(folder.path)/figures/of toy's"
    let checkpoint = "\(run)/checkpoints/latest"
    let analysis = try Program.succeed(["analyze", "toy", checkpoint, "--output", figures])
    let last = try #require(analysis.lines.last)
    let match = try #require(
      try /step \d+: the curve passes within one sigma of (\d+) of 10 peaks/.wholeMatch(in: last),
      "\(last)")
    let passed = try #require(Int(match.1))
    #expect(passed >= 9, "\(analysis.output)")

    // The tables say the same, read by themselves.
    func table(_ name: String) throws -> [[String: Double]] {
      let rows = try contents(of: "\(figures)/\(name)").split(separator: "\n").map {
        $0.split(separator: ",").map(String.init)
      }
      return rows.dropFirst().map { row in
        Dictionary(uniqueKeysWithValues: zip(rows[0], row.map { Double($0) ?? .nan }))
      }
    }
    let (curve, peaks) = (try table("curve.csv"), try table("peaks.csv"))
    #expect(peaks.count == 10 && curve.count > 1000)
    let near = peaks.count { peak in
      curve.contains { hypot($0["x"]! - peak["x"]!, $0["y"]! - peak["y"]!) <= peak["sigma"]! }
    }
    #expect(near == passed)
    // Density times length is probability: all of it, 1.
    let mass = zip(curve, curve.dropFirst()).reduce(0.0) { sum, piece in
      sum + hypot(piece.1["x"]! - piece.0["x"]!, piece.1["y"]! - piece.0["y"]!)
        * (piece.0["density"]! + piece.1["density"]!) / 2
    }
    #expect(abs(mass - 1) <= 1e-3)
    #expect(try table("mixture.csv").allSatisfy { $0["f"]! >= 0 })
    #expect(try contents(of: "\(figures)/toy.svg").contains("</svg>"))
    let png = try Data(contentsOf: URL(fileURLWithPath: "\(figures)/toy.png"))
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(analysis.errors.split(separator: "\n").count == 5, "\(analysis.errors)")
    let inspected = try Program.succeed(["inspect", checkpoint])
    #expect(inspected.output.contains("trainable numbers  502"))
  }

  /// Ranks beyond the five points of a step hold none.
  @Test func bitsDoNotDependOnRanks() throws {
    let folder = TestFolder()
    var outcomes: [(String, [[String]])] = []
    for (ranks, threads) in [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (7, 1)] {
      let directory = "\(folder.path)/\(outcomes.count)"
      try train(directory, ranks: ranks, threads: threads, steps: 300)
      outcomes.append((try Program.digest(of: directory), try Program.metrics(of: directory)))
      #expect(outcomes.last! == outcomes[0], "\(ranks) ranks")
    }
    let chain = "\(folder.path)/chain"
    for (ranks, steps) in [(2, 100), (6, 200), (1, 300)] {
      try train(chain, ranks: ranks, steps: steps)
    }
    #expect(try Program.digest(of: chain) == outcomes[0].0)
    #expect(try Program.metrics(of: chain) == outcomes[0].1)
    #expect(outcomes[0].1.count == 4)
  }

  @Test func whatNeedsNetworksRefuses() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    try train(directory, steps: 2)
    let checkpoint = "\(directory)/checkpoints/latest"
    for command in [
      ["evaluate", checkpoint], ["bench", "step", "--preset", "toy"],
      ["sample", checkpoint, "--count", "1", "--output", "\(folder.path)/x.h5"],
    ] {
      let run = try Program.run(command)
      #expect(run.status == 1)
      #expect(run.errors.contains("hyperdist analyze toy"), "\(run.errors)")
    }
    try Program.succeed(
      [
        "train", "--preset", "quickstart", "--steps", "1", "--set", "validation.every=0",
        "--run-dir", "\(folder.path)/networks",
      ])
    let run = try Program.run(["analyze", "toy", "\(folder.path)/networks/checkpoints/latest"])
    #expect(run.status == 1)
    #expect(run.errors.contains("a checkpoint of networks"), "\(run.errors)")
  }

  /// Without gnuplot the tables are there and one line says what to install.
  @Test func withoutGnuplot() throws {
    let folder = TestFolder()
    try train("\(folder.path)/run", steps: 1)
    let figures = "\(folder.path)/figures"
    let result = try Program.runWithoutGnuplot(
      ["analyze", "toy", "\(folder.path)/run/checkpoints/latest", "--output", figures], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("install gnuplot (Debian: apt-get install gnuplot-nox)"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: figures).sorted()
        == ["curve.csv", "mixture.csv", "peaks.csv"])
  }
}
