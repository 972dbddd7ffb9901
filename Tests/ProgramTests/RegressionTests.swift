// Regressions as a user runs them: the same bits anywhere, figures that others find too, and what cannot be.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct RegressionTests {
  @Test(arguments: RegressionRun.losses.indices)
  func ranksThreadsAndResumesGiveTheSameBits(index: Int) throws {
    let options = RegressionRun.options(RegressionRun.losses[index])
    let folder = TestFolder()
    let reference = "\(folder.path)/reference"
    try RegressionRun.train(options, steps: 20, ranks: nil, threads: 1, in: reference)
    let (digest, metrics) = (try Program.digest(of: reference), try Program.metrics(of: reference))
    #expect(digest.count == 64 && metrics.count == 5)
    for (ranks, threads) in [(1, 2), (2, 1), (3, 2), (4, 1)] {
      let other = "\(folder.path)/\(ranks)-\(threads)"
      try RegressionRun.train(options, steps: 20, ranks: ranks, threads: threads, in: other)
      #expect(try Program.digest(of: other) == digest, "\(ranks) ranks of \(threads) threads")
      #expect(try Program.metrics(of: other) == metrics, "\(ranks) ranks of \(threads) threads")
    }
    let resumed = "\(folder.path)/resumed"
    try RegressionRun.train(options, steps: 10, ranks: 3, threads: 1, in: resumed)
    try RegressionRun.train(options, steps: 20, ranks: 2, threads: 2, in: resumed)
    #expect(try Program.digest(of: resumed) == digest)
    #expect(try Program.metrics(of: resumed) == metrics)
    // There are no right answers to count.
    let column = try #require(metrics[0].firstIndex(of: "validation_nll"))
    #expect(Double(metrics.last![column]) != nil)
    let accuracy = try #require(metrics[0].firstIndex(of: "train_accuracy"))
    #expect(metrics.dropFirst().allSatisfy { $0[accuracy].isEmpty })
  }

  /// Some networks' gradients are longer than the norm of the trainings above, and none than a large one.
  @Test(arguments: [7, 8])
  func gradientsAreCut(index: Int) throws {
    let folder = TestFolder()
    let cut = RegressionRun.losses[index]
    func metrics(_ norm: String) throws -> [[String]] {
      let run = "\(folder.path)/\(norm)"
      try RegressionRun.train(
        RegressionRun.options(cut + ["training.gradientNorm=\(norm)"]), steps: 20, ranks: nil,
        threads: 1, in: run)
      return try Program.metrics(of: run)
    }
    let free = try metrics("0")
    #expect(try metrics("0.5") != free)
    #expect(try metrics("1e9") == free)
  }

  @Test(arguments: [0, 2, 4])
  func othersFindTheSameFigures(index: Int) throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try RegressionRun.train(
      RegressionRun.options(RegressionRun.losses[index]), steps: 20, ranks: nil, threads: 1, in: run
    )
    let (figures, saved) = ("\(folder.path)/figures.json", "\(folder.path)/predictions.h5")
    let arguments = [
      "evaluate", "\(run)/checkpoints/latest", "--samples", "7", "--images", "40", "--json",
      figures, "--save-probabilities", saved,
    ]
    try Program.succeed(arguments + ["--threads", "2"])
    let output = try Python.output(
      of: Program.pythonScript("check_regression"), [saved, figures],
      modules: ["h5py", "numpy", "scipy"])
    #expect(Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 >= 80)
    let (text, bytes) = (
      try contents(of: figures), try Data(contentsOf: URL(fileURLWithPath: saved))
    )
    for ranks in [2, 3] {
      try Program.succeed(arguments + ["--threads", "1"], ranks: ranks)
      #expect(try contents(of: figures) == text, "\(ranks) ranks")
      #expect(try Data(contentsOf: URL(fileURLWithPath: saved)) == bytes, "\(ranks) ranks")
    }
  }

  @Test func analysesAndReportShowPredictions() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try RegressionRun.train(
      RegressionRun.options(RegressionRun.losses[2]), steps: 20, ranks: nil, threads: 1, in: run)
    let checkpoint = "\(run)/checkpoints/latest"
    for (kind, table, head) in [
      (
        "predictions", "predictions-curve",
        "target,input,mean,deviation,low95,low50,high50,high95,spread"
      ), ("calibration", "calibration", "expected,observed"),
      ("scatter", "scatter", "layer,network,rmse,pc1,pc2,pc3,pc4"),
      ("paths", "paths", "pair,t,direct_rmse,interpolated_rmse"),
    ] {
      for ranks in [nil, 2] {
        try Program.succeed(
          ["analyze", kind, checkpoint, "--samples", "5", "--threads", "1"], ranks: ranks)
        let text = try contents(of: "\(run)/figures/\(table).csv")
        #expect(text.hasPrefix(head + "\n"), "\(text.prefix(200))")
        if ranks == nil {
          try text.write(toFile: folder.path + "/" + kind, atomically: true, encoding: .utf8)
        }
        #expect(try contents(of: folder.path + "/" + kind) == text, "\(kind) on 2 ranks")
      }
    }
    try Program.succeed(["report", run])
    let page = try contents(of: "\(run)/report.html")
    for text in [
      "NLL of their mixture", "Loss of the networks", "validation_rmse", "predictions-curve.csv",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("Cross-entropy"))
  }

  @Test func whatHasNoMeaningSaysSoInALine() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try RegressionRun.train(
      RegressionRun.options(RegressionRun.losses[0]), steps: 1, ranks: nil, threads: 1, in: run)
    let checkpoint = "\(run)/checkpoints/latest"
    for (arguments, message) in [
      (["analyze", "accuracy", checkpoint], "these predict numbers"),
      (["analyze", "ensembles", checkpoint], "these predict numbers"),
      (["analyze", "adversarial", checkpoint], "these predict numbers"),
      (["analyze", "similarity", checkpoint], "these predict numbers"),
      (["evaluate", checkpoint, "--ood", "noise"], "predict numbers"),
      (
        ["compare", checkpoint, "--ood", "noise", "--output", "\(folder.path)/c"],
        "--ood goes by the probabilities of classes"
      ),
      (
        ["distill", checkpoint, "--samples", "2", "--output", "\(folder.path)/d.h5"],
        "these predict numbers"
      ),
    ] {
      for ranks in [nil, 2] {
        let bad = try Program.run(arguments, ranks: ranks)
        #expect(bad.status == 2, "\(arguments): \(bad.errors)")
        let lines = bad.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist:") }
        #expect(lines.count == 1 && bad.errors.contains(message), "\(arguments): \(bad.errors)")
        #expect(bad.output == "")
      }
    }
    let classes = try TrainedRun(["--steps", "1"])
    for kind in ["predictions", "calibration"] {
      let bad = try Program.run(["analyze", kind, classes.checkpoint])
      #expect(bad.status == 2 && bad.errors.contains("these name classes"), "\(bad.errors)")
    }
  }

  /// Losses, data sets, layers and methods that do not fit each other.
  @Test(arguments: [
    (["objective.loss=cross-entropy"], "curve has 1 number to predict"),
    (["target.layers=[fullyConnected: {outputs: 2}]"], "the last layer has 2 outputs"),
    (["objective.noise=output", "objective.noiseDeviation=0.1"], "it takes 2"),
    (
      ["objective.loss=squared-error", "objective.noise=learned", "objective.huberThreshold=2"],
      "plays no part under objective.loss: squared-error"
    ),
    (["objective.loss=hinge"], "'hinge' is not allowed"),
    (
      ["baseline.method=weight-noise", "baseline.targetAccuracy=0.9"],
      "networks that predict numbers have no accuracy"
    ),
  ])
  func badCombinations(settings: [String], message: String) throws {
    let folder = TestFolder()
    let bad = try Program.run(
      ["train", "--preset", "regression-1d", "--run-dir", "\(folder.path)/run"]
        + settings.flatMap { ["--set", $0] })
    #expect(bad.status == 2)
    #expect(bad.errors.contains(message), "\(bad.errors)")
  }

  @Test func classesWithALossOfNumbers() throws {
    let folder = TestFolder()
    let bad = try Program.run([
      "train", "--preset", "quickstart", "--run-dir", "\(folder.path)/run", "--set",
      "objective.loss=squared-error",
    ])
    #expect(bad.status == 2)
    #expect(
      bad.errors.contains(
        "squared-error is a loss of numbers to predict, and glyphs has 10 classes"))
  }

  /// A baseline on the same points, from training to figures.
  @Test func deepEnsembleOfRegressions() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    var digests: Set<String> = []
    for (ranks, threads) in [(1, 2), (3, 1)] {
      let directory = "\(run)-\(ranks)"
      try Program.succeed(
        ["baseline", "deep-ensemble"] + RegressionRun.options(RegressionRun.losses[3]) + [
          "--run-dir", directory, "--threads", "\(threads)", "--steps", "20", "--set",
          "baseline.members=3", "--set", "baseline.batch=20", "--set", "baseline.sliceImages=10",
        ], ranks: ranks)
      digests.insert(try Program.digest(of: directory))
      let run = try Program.succeed(["evaluate", "\(directory)/networks.h5"])
      #expect(run.output.contains("3 networks on 200 test images of curve"))
    }
    #expect(digests.count == 1)
  }
}
