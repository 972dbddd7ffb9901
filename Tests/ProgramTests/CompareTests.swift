// hyperdist compare: against NumPy, at several rank counts, and what it refuses.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct CompareTests {
  private static let network =
    "target.layers=[convolution: {filters: 4, size: 5, stride: 2, padding: same}, relu, "
    + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]"

  private func trainMembers(_ directory: String, _ options: [String] = [], members: Int = 4) throws
  {
    try Program.succeed(
      [
        "baseline", "deep-ensemble", "--run-dir", directory, "--steps", "60", "--threads", "1",
        "--set", "baseline={members: \(members), batch: 32, sliceImages: 32}",
        "--set", "validation.every=0", "--set", Self.network,
      ] + options)
  }

  private func object(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func numPyFindsTheSameAndRanksAgree() throws {
    let run = try TrainedRun()
    let pool = run.file("pool")
    try trainMembers(pool)
    func compare(_ folder: String, _ threads: Int, ranks: Int? = nil) throws -> String {
      let result = try Program.succeed(
        [
          "compare", "hyper=\(run.file("run"))", pool, "--samples", "7", "--images", "300",
          "--ood", "noise", "--output", folder, "--threads", "\(threads)",
        ], ranks: ranks)
      #expect(!result.errors.contains("no figure"), "\(result.errors)")
      return result.output
    }
    let folder = run.file("comparison")
    let text = try compare(folder, 2)
    #expect(text.contains("hyper") && text.contains("DEE"))
    var probabilities: [String] = []
    for (name, file) in [("hyper", run.checkpoint), ("pool", "\(pool)/networks.h5")] {
      let path = run.file("\(name).h5")
      try Program.succeed(
        [
          "evaluate", file, "--images", "300", "--save-probabilities", path, "--samples",
          name == "hyper" ? "7" : "4",
        ])
      probabilities.append("\(name)=\(path)")
    }
    let json = "\(folder)/comparison.json"
    let count = try Python.output(
      of: Program.pythonScript("check_comparison"), [json] + probabilities,
      modules: ["h5py", "numpy", "scipy"])
    #expect(Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 == 58)

    for ranks in [2, 3] {
      let other = run.file("comparison-\(ranks)")
      _ = try compare(other, 1, ranks: ranks)
      for file in ["comparison.json", "comparison.csv", "comparison-sizes.csv"] {
        #expect(
          try contents(of: "\(other)/\(file)") == contents(of: "\(folder)/\(file)"),
          "\(file), \(ranks) ranks")
      }
    }
    try checkAgainstEvaluate(try object(json), run)
    let page = run.file("page.html")
    try Program.succeed(["report", run.file("run"), folder, "--output", page])
    let html = try contents(of: page)
    #expect(html.contains("Methods compared") && html.contains("<svg"))
    for name in ["hyper", "pool", "comparison-likelihood", "comparison-errors"] {
      #expect(html.contains(name), "\(name)")
    }
  }

  /// What both commands tell is the same.
  private func checkAgainstEvaluate(_ comparison: [String: Any], _ run: TrainedRun) throws {
    let figures = run.file("figures.json")
    try Program.succeed([
      "evaluate", run.checkpoint, "--samples", "7", "--images", "300", "--ood", "noise", "--json",
      figures,
    ])
    let expected = try object(figures)
    let methods = try #require(comparison["methods"] as? [[String: Any]])
    let found = try #require(methods.first { $0["name"] as? String == "hyper" })
    let keys = [
      "mean_accuracy", "majority_accuracy", "mean_probability_accuracy", "nll", "scaled_nll",
      "calibrated_ll", "brier", "ece", "disagreement", "error_iou_mean", "error_iou_max",
    ]
    for key in keys {
      #expect(try #require(found[key] as? Double) == expected[key] as? Double, "\(key)")
    }
    let cost = try #require(expected["cost"] as? [String: Any])
    for key in ["trained", "training_flops", "core_seconds", "stored_numbers", "one_more_flops"] {
      #expect(try #require(found[key] as? Double) == cost[key] as? Double, "\(key)")
    }
    let scores = try #require((expected["ood"] as? [String: Any])?["scores"] as? [String: Any])
    let entropy = try #require(scores["entropy"] as? [String: Any])
    #expect(try #require(found["ood_auroc"] as? Double) == entropy["auroc"] as? Double)
  }

  @Test func refusals() throws {
    let run = try TrainedRun(["--steps", "2"])
    let hyper = run.file("run")
    let other = run.file("other")
    try trainMembers(
      other, ["--steps", "1", "--set", "data.validationCount=100", "--set", "data.augment=shift"],
      members: 1)
    for (arguments, message) in [
      ([hyper, other], "data.validationCount is 100 and not"),
      ([hyper, run.checkpoint], "are both called run; give one another name: NAME="),
      ([hyper, "x=\(run.file("nothing"))"], "nothing"),
      (["=\(hyper)"], "neither of them empty"),
      ([hyper, "--pool", "others"], "--pool others: the compared are called run"),
      ([other, "--pool", "other"], "this is one network"),
      ([hyper, "--samples", "0"], "--samples must be at least 1"),
      ([hyper, "--ood", "glyphs"], "that is the data set the networks were trained on"),
    ] {
      let result = try Program.run(
        ["compare", "--images", "20", "--output", run.file("c")] + arguments)
      #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: run.file("c/comparison.json")))
    // One network on one image: nothing to compare with, and nothing to calibrate.
    try Program.succeed([
      "compare", hyper, "--samples", "1", "--images", "1", "--output", run.file("c"),
    ])
    let comparison = try object(run.file("c/comparison.json"))
    let methods = try #require(comparison["methods"] as? [[String: Any]])
    #expect(methods.count == 1 && methods[0]["calibrated_ll"] is NSNull)
    #expect((comparison["warnings"] as? [String])?.first?.contains("deep ensemble") == true)
    try "{}".write(toFile: run.file("c/comparison.json"), atomically: true, encoding: .utf8)
    let broken = try Program.run(["report", run.file("c")])
    #expect(broken.status == 1 && broken.errors.contains("this is no comparison"))
  }
}
