// hyperdist compare of networks that predict numbers, and the report of what it found.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct RegressionComparisonTests {
  private struct Figures: Decodable {
    var samples: Int
    var rmse: Double
    var nll: Double
    var crps: Double
    var rmses: [Double]
  }

  private struct Compared: Decodable { var methods: [Figures] }

  /// What `evaluate` tells of a file's networks.
  private func figures(_ file: String, _ samples: [String]) throws -> Figures {
    let arguments = ["evaluate", file, "--threads", "1", "--json", "-"] + samples
    let text = try Program.succeed(arguments).output
    return try JSONDecoder().decode(Figures.self, from: Data(text.utf8))
  }

  /// Two ensembles' figures are those that `evaluate` finds of each, on any number of ranks.
  @Test func comparedEnsembles() throws {
    let folder = TestFolder()
    let (run, alone) = ("\(folder.path)/run", "\(folder.path)/alone")
    try RegressionRun.train(
      RegressionRun.options(RegressionRun.losses[3]), steps: 20, ranks: nil, threads: 1, in: run)
    try Program.succeed(
      ["baseline", "deep-ensemble"] + RegressionRun.options(RegressionRun.losses[3]) + [
        "--run-dir", alone, "--threads", "1", "--steps", "20", "--set", "baseline.members=3",
        "--set", "baseline.batch=20", "--set", "baseline.sliceImages=10",
      ])
    var texts: Set<String> = []
    for ranks in [nil, 3] {
      let output = "\(folder.path)/compared-\(ranks ?? 1)"
      let compared = try Program.succeed(
        ["compare", run, alone, "--samples", "5", "--output", output, "--threads", "1"],
        ranks: ranks)
      #expect(compared.output.contains("95 % cover"))
      #expect(compared.output.contains("they have no meaning here"))
      texts.insert(try contents(of: "\(output)/comparison-numbers.json"))
    }
    #expect(texts.count == 1)
    let methods = try JSONDecoder().decode(Compared.self, from: Data(texts.first!.utf8)).methods
    let expected = [
      try figures("\(run)/checkpoints/latest", ["--samples", "5"]),
      try figures("\(alone)/networks.h5", []),
    ]
    #expect(methods.map(\.samples) == [5, 3])
    #expect(methods.map(\.rmse) == expected.map(\.rmse))
    #expect(methods.map(\.nll) == expected.map(\.nll))
    #expect(methods.map(\.crps) == expected.map(\.crps))
    #expect(methods.map(\.rmses) == expected.map(\.rmses))
    try expectPage(of: "\(folder.path)/compared-1", beside: run, methods: expected.map(\.nll))
  }

  /// The report of a comparison's folder, alone and beside a run, has its methods with their figures.
  private func expectPage(of folder: String, beside run: String, methods nlls: [Double]) throws {
    let page = "\(folder)/page.html"
    for (directories, tables) in [([folder], []), ([run, folder], ["\(run)/metrics.csv"])] {
      try Program.succeed(["report"] + directories + ["--output", page])
      let texts = try Python.output(of: Program.pythonScript("check_report"), [page] + tables)
        .split(separator: "\n").map(String.init)
      #expect(texts.contains("Methods compared") && texts.contains("200 test images of curve"))
      for text in ["run", "alone", "RMSE of one", "CRPS", "95 % cover", "core time"] {
        #expect(texts.contains(text), "\(text)")
      }
      for nll in nlls {
        #expect(texts.contains(String(format: "%.4f", nll)), "\(nll)")
      }
    }
    let file = "\(folder)/comparison-numbers.json"
    let kept = try Program.run(["report", folder, "--output", file])
    #expect(kept.status != 0 && kept.errors.contains("comparison-numbers.json"), "\(kept.errors)")
    for text in ["{}", "{\"methods\": [{\"name\": \"run\"}]}"] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let broken = try Program.run(["report", folder])
      #expect(broken.status == 1 && broken.errors.contains("this is no comparison"))
      #expect(broken.errors.split(separator: "\n").count == 1, "\(broken.errors)")
    }
  }
}
