// Regressions as a user runs them: the same bits anywhere, figures that others find too, and what cannot be.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct RegressionTests {
  /// The preset's networks with few latents and images, so that training takes a second.
  private static func options(_ loss: [String]) -> [String] {
    let outputs = loss.contains { $0.hasSuffix("=learned") || $0.hasSuffix("=output") } ? 2 : 1
    let settings = [
      "training.latents=8", "training.imagesPerLatent=10", "objective.noise=learned",
      "objective.noiseDeviation=0.1", "hypernetwork.extractorHidden=[8]",
      "hypernetwork.generatorHidden=[[6], [6]]", "hypernetwork.generation=[]",
      "target.layers=[fullyConnected: {outputs: 6}, relu, fullyConnected: {outputs: \(outputs)}]",
      "validation.every=10", "validation.samples=5", "metrics.every=5", "checkpoint.every=0",
      "training.scheduleSteps=20",
    ]
    return ["--preset", "regression-1d"]
      + (settings + loss).flatMap { ["--set", $0] }
  }

  private static let losses = [
    ["objective.loss=squared-error"],
    ["objective.loss=huber", "objective.huberThreshold=0.5"],
    ["objective.loss=gaussian-nll", "objective.noise=fixed", "objective.noiseDeviation=0.2"],
    ["objective.loss=gaussian-nll", "objective.noise=learned"],
    ["objective.loss=gaussian-nll", "objective.noise=output", "objective.diversity=ensemble"],
    ["objective.loss=squared-error", "objective.diversity=ensemble", "objective.committee=4"],
    [
      "objective.loss=gaussian-nll", "objective.noise=output", "objective.diversity=output-entropy",
    ],
  ]

  private func train(
    _ options: [String], steps: Int, ranks: Int?, threads: Int, in directory: String
  ) throws {
    try Program.succeed(
      ["train"] + options + [
        "--steps", "\(steps)", "--threads", "\(threads)", "--run-dir", directory,
      ], ranks: ranks)
  }

  @Test(arguments: losses.indices)
  func ranksThreadsAndResumesGiveTheSameBits(index: Int) throws {
    let options = Self.options(Self.losses[index])
    let folder = TestFolder()
    let reference = "\(folder.path)/reference"
    try train(options, steps: 20, ranks: nil, threads: 1, in: reference)
    let (digest, metrics) = (try Program.digest(of: reference), try Program.metrics(of: reference))
    #expect(digest.count == 64 && metrics.count == 5)
    for (ranks, threads) in [(1, 2), (2, 1), (3, 2), (4, 1)] {
      let other = "\(folder.path)/\(ranks)-\(threads)"
      try train(options, steps: 20, ranks: ranks, threads: threads, in: other)
      #expect(try Program.digest(of: other) == digest, "\(ranks) ranks of \(threads) threads")
      #expect(try Program.metrics(of: other) == metrics, "\(ranks) ranks of \(threads) threads")
    }
    let resumed = "\(folder.path)/resumed"
    try train(options, steps: 10, ranks: 3, threads: 1, in: resumed)
    try train(options, steps: 20, ranks: 2, threads: 2, in: resumed)
    #expect(try Program.digest(of: resumed) == digest)
    #expect(try Program.metrics(of: resumed) == metrics)
    // There are no right answers to count.
    let column = try #require(metrics[0].firstIndex(of: "validation_nll"))
    #expect(Double(metrics.last![column]) != nil)
    let accuracy = try #require(metrics[0].firstIndex(of: "train_accuracy"))
    #expect(metrics.dropFirst().allSatisfy { $0[accuracy].isEmpty })
  }

  @Test(arguments: [0, 2, 4])
  func othersFindTheSameFigures(index: Int) throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try train(Self.options(Self.losses[index]), steps: 20, ranks: nil, threads: 1, in: run)
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
    try train(Self.options(Self.losses[2]), steps: 20, ranks: nil, threads: 1, in: run)
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
    try train(Self.options(Self.losses[0]), steps: 1, ranks: nil, threads: 1, in: run)
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

  /// Two ensembles' figures are those that `evaluate` finds of each, on any number of ranks.
  @Test func comparedEnsembles() throws {
    let folder = TestFolder()
    let (run, alone) = ("\(folder.path)/run", "\(folder.path)/alone")
    try train(Self.options(Self.losses[3]), steps: 20, ranks: nil, threads: 1, in: run)
    try Program.succeed(
      ["baseline", "deep-ensemble"] + Self.options(Self.losses[3]) + [
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
    struct Figures: Decodable {
      var samples: Int
      var rmse: Double
      var nll: Double
      var crps: Double
      var rmses: [Double]
    }
    struct Compared: Decodable { var methods: [Figures] }
    func figures(_ file: String, _ samples: [String]) throws -> Figures {
      let text = try Program.succeed(
        ["evaluate", file, "--threads", "1", "--json", "-"] + samples
      ).output
      return try JSONDecoder().decode(Figures.self, from: Data(text.utf8))
    }
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
  }

  /// A baseline on the same points, from training to figures.
  @Test func deepEnsembleOfRegressions() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    var digests: Set<String> = []
    for (ranks, threads) in [(1, 2), (3, 1)] {
      let directory = "\(run)-\(ranks)"
      try Program.succeed(
        ["baseline", "deep-ensemble"] + Self.options(Self.losses[3]) + [
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
