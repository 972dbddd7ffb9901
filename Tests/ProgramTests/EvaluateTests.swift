// hyperdist evaluate against scikit-learn, at several rank counts, and in corner cases.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct EvaluateTests {
  /// The number of figures that scikit-learn finds too.
  private func check(_ probabilities: String, _ figures: String) throws -> Int {
    let output = try Python.output(
      of: Program.pythonScript("check_evaluation"), [probabilities, figures],
      modules: ["h5py", "numpy", "scipy", "sklearn"])
    return Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  private func object(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func scikitLearnFindsTheSameAndRanksAgree() throws {
    let run = try TrainedRun()
    let (figures, probabilities) = (run.file("figures.json"), run.file("probabilities.h5"))
    for ood in ["rotated", "noise"] {
      let arguments = [
        "evaluate", run.checkpoint, "--samples", "13", "--images", "500", "--ood", ood, "--json",
      ]
      try Program.succeed(
        arguments + [figures, "--threads", "2", "--save-probabilities", probabilities])
      #expect(try check(probabilities, figures) >= 55)
      let json = try object(figures)
      #expect((json["mean_accuracy"] as? Double ?? 0) > 0.2)
      #expect((json["disagreement"] as? Double ?? 0) > 0.01)
      let (text, bytes) = (
        try contents(of: figures), try Data(contentsOf: URL(fileURLWithPath: probabilities))
      )
      for ranks in [2, 3] {
        try Program.succeed(
          arguments + [figures, "--threads", "1", "--save-probabilities", probabilities],
          ranks: ranks)
        #expect(try contents(of: figures) == text, "\(ranks) ranks")
        #expect(
          try Data(contentsOf: URL(fileURLWithPath: probabilities)) == bytes, "\(ranks) ranks")
      }
    }
  }

  @Test func cornerCases() throws {
    let run = try TrainedRun(["--steps", "2"])
    let (figures, probabilities) = (run.file("figures.json"), run.file("probabilities.h5"))

    // One network, one image and so one class; two ranks of which one has nothing to do.
    try Program.succeed(
      [
        "evaluate", run.checkpoint, "--samples", "1", "--images", "1", "--ood", "noise", "--json",
        figures, "--save-probabilities", probabilities,
      ], ranks: 2)
    #expect(try check(probabilities, figures) >= 25)
    let single = try object(figures)
    #expect(single["disagreement"] is NSNull && single["entropy"] is NSNull)
    #expect(single["std_accuracy"] as? Double == 0)

    // Without a temperature nothing else changes.
    let before = try object(figures)["nll"] as? Double
    try Program.succeed([
      "evaluate", run.checkpoint, "--samples", "1", "--images", "1", "--no-temperature", "--json",
      figures, "--save-probabilities", probabilities,
    ])
    let unscaled = try object(figures)
    #expect(unscaled["temperature"] is NSNull && unscaled["scaled_nll"] is NSNull)
    #expect(unscaled["nll"] as? Double == before)
    #expect(try check(probabilities, figures) >= 15)

    for (arguments, message) in [
      (["--ood", "roteted"], "the nearest known name is rotated"),
      (["--ood", "glyphs"], "that is the data set the networks were trained on"),
      (["--ood", "cifar10"], "its images are 3x32x32, the networks take 1x28x28"),
      (["--samples", "0"], "--samples must be at least 1"),
      (["--save-probabilities", "x.npy"], "the name must end in .h5"),
    ] {
      for ranks in [nil, 2] {
        let bad = try Program.run(["evaluate", run.checkpoint] + arguments, ranks: ranks)
        #expect(bad.status == 2, "\(arguments)")
        #expect(bad.errors.contains(message), "\(bad.errors)")
        #expect(bad.output == "")
      }
    }
    let full = try Program.run(
      [
        "evaluate", run.checkpoint, "--samples", "1", "--images", "1", "--save-probabilities",
        "/nonexistent/p.h5",
      ], ranks: 2)
    #expect(full.status == 1)
    #expect(full.errors.contains("/nonexistent/p.h5"))
  }

  @Test func emptyValidationSplit() throws {
    let run = try TrainedRun(["--steps", "1", "--set", "data.validationCount=0"])
    let empty = try Program.run(["evaluate", run.checkpoint, "--split", "validation"], ranks: 2)
    #expect(empty.status == 2)
    #expect(empty.errors.contains("glyphs has no validation images"))
    let figures = run.file("figures.json")
    try Program.succeed([
      "evaluate", run.checkpoint, "--samples", "2", "--images", "20", "--json", figures,
    ])
    #expect(try object(figures)["temperature"] is NSNull)
    #expect(try object(figures)["temperature_images"] as? Int == 0)
  }

  @Test func checkpointOfANewerVersion() throws {
    let run = try TrainedRun(["--steps", "1"])
    _ = try Python.output(
      of:
        "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); f.attrs.modify('format_version', 99); del f.attrs['header_digest']",
      [run.checkpoint])
    let result = try Program.run(["evaluate", run.checkpoint], ranks: 2)
    #expect(result.status == 1)
    #expect(result.errors.contains("has format_version 99, this program reads up to"))
  }
}
