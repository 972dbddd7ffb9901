// hyperdist baseline: the same networks on any ranks and threads, across stops, and in a file that all commands take.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct BaselineTests {
  /// Networks with a normalization, three of them, whose minibatches have four slices.
  private static let options = [
    "--preset", "quickstart", "--set", "baseline={members: 3, batch: 32, sliceImages: 8}",
    "--set",
    "baseline={optimizer: sgd, learningRate: 0.05, weightDecay: 0.001, learningRateDecay: 1}",
    "--set", "baseline={drops: [5], initialDeviation: 0, initialBias: 0}",
    "--set", "validation={every: 4, statisticsImages: 64}", "--set", "metrics.every=2",
    "--set", "checkpoint.every=0", "--set", "data={augment: shift, validationCount: 300}",
    "--set",
    "target.layers=[convolution: {filters: 6, size: 5, stride: 2, padding: 2}, normalization, relu, "
      + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
  ]

  private func train(
    _ directory: String, _ method: String = "deep-ensemble", _ more: [String] = [], steps: Int = 8,
    ranks: Int? = nil, threads: Int = 1
  ) throws {
    try Program.succeed(
      [
        "baseline", method, "--run-dir", directory, "--steps", "\(steps)", "--threads",
        "\(threads)",
      ] + Self.options + more, ranks: ranks)
  }

  private struct Outcome: Equatable {
    let digest: String
    let metrics: [[String]]
    let networks: Data

    init(_ directory: String) throws {
      digest = try Program.digest(of: directory)
      metrics = try Program.metrics(of: directory)
      networks = try Data(contentsOf: URL(filePath: "\(directory)/networks.h5"))
    }
  }

  @Test func sameBitsEverywhere() throws {
    let folder = TestFolder()
    try train("\(folder.path)/one")
    let expected = try Outcome("\(folder.path)/one")
    #expect(expected.metrics.count == 5)
    for (ranks, threads) in [(1, 3), (2, 1), (3, 1), (4, 1), (8, 1)] {
      let directory = "\(folder.path)/\(ranks)-\(threads)"
      try train(directory, ranks: ranks, threads: threads)
      #expect(try Outcome(directory) == expected, "\(ranks) ranks x \(threads) threads")
    }
    let resumed = "\(folder.path)/resumed"
    try train(resumed, steps: 4, ranks: 2)
    try train(resumed, ranks: 5)
    #expect(try Outcome(resumed) == expected, "stopped and resumed")
  }

  /// A distribution of networks, whose minibatch has four slices.
  private static let flows = [
    "--set", "baseline={members: 1, networks: 6, optimizer: adam, learningRate: 0.01}",
    "--set",
    "baseline={weightDecay: 0, finalLearningRate: 0, drops: [], flows: {width: 6, reverseWidth: 7}}",
    "--set", "baseline.gains={couplings: 2, width: 6, gradientNorm: 0.5, gradientLimit: 0.1}",
    "--set", "baseline.penalty={weight: 0.5, from: 1, warmup: 4}",
    "--set",
    "target.layers=[convolution: {filters: 4, size: 5, stride: 4, padding: 2}, relu, "
      + "fullyConnected: {outputs: 8}, relu, fullyConnected: {outputs: 10}]",
  ]

  @Test(arguments: ["mnfg", "bhn"]) func distributionsAreTheSameEverywhere(method: String) throws {
    let folder = TestFolder()
    try train("\(folder.path)/one", method, Self.flows)
    let expected = try Outcome("\(folder.path)/one")
    for (ranks, threads) in [(1, 2), (2, 1), (2, 2), (3, 1), (4, 1)] {
      let directory = "\(folder.path)/\(ranks)-\(threads)"
      try train(directory, method, Self.flows, ranks: ranks, threads: threads)
      #expect(try Outcome(directory) == expected, "\(ranks) ranks x \(threads) threads")
    }
    let resumed = "\(folder.path)/resumed"
    try train(resumed, method, Self.flows, steps: 4, ranks: 3)
    try train(resumed, method, Self.flows, ranks: 2)
    #expect(try Outcome(resumed) == expected, "stopped and resumed")

    // The file's networks are the checkpoint's; there are as many more as are asked for.
    let run = "\(folder.path)/one"
    let file = try figures(["\(run)/networks.h5", "--seed", "1"])
    let same = try figures(["\(run)/checkpoints/latest", "--samples", "6", "--seed", "1"])
    #expect(NSDictionary(dictionary: file) == NSDictionary(dictionary: same))
    #expect(file["networks"] as? String == "\(method), step 8" && file["entropy"] is Double)
    let more = try figures(["\(run)/checkpoints/latest", "--samples", "9"])
    #expect(more["samples"] as? Int == 9)

    // Paths through latents, of the checkpoint, of the file and of a file of that; their ends are the direct paths'.
    try Program.succeed([
      "sample", "\(run)/networks.h5", "--count", "5", "--output", "\(run)/again.h5",
    ])
    for source in ["checkpoints/latest", "networks.h5", "again.h5"] {
      try Program.succeed([
        "analyze", "paths", "\(run)/\(source)", "--samples", "2", "--images", "50", "--output",
        "\(folder.path)/f",
      ])
      let rows = try contents(of: "\(folder.path)/f/paths.csv").split(separator: "\n").dropFirst()
        .map { $0.split(separator: ",").map { Double($0)! } }
      #expect(rows.count == 80 && rows.allSatisfy { $0.count == 4 })
      for row in rows where row[1] == 0 || row[1] == 1 { #expect(row[2] == row[3]) }
      // Gains begin with little noise.
      if method == "mnfg" { #expect(rows.contains { $0[2] != $0[3] }) }
    }
  }

  private func figures(_ arguments: [String]) throws -> [String: Any] {
    let text = try Program.succeed(["evaluate"] + arguments + ["--json", "-"]).output
    var json = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for key in ["step", "parameters"] { json[key] = nil }
    return json
  }

  /// Those that keep something of the networks' way, or draw from what they kept.
  @Test(arguments: ["sgd-sampler", "swa", "swag", "snapshot", "dropout", "average", "gaussian-fit"])
  func methodsAreTheSameEverywhere(method: String) throws {
    let folder = TestFolder()
    let options = [
      "--set",
      "baseline={members: 2, networks: 3, deviations: 2, thinning: 2, cycles: 2, iterates: 2}",
      "--set", "baseline={averagingFrom: 0.25, cycleRate: 0.1, averagingRate: 0.02}",
      "--set",
      "target.layers=[convolution: {filters: 6, size: 5, stride: 4, padding: 2}, relu, "
        + "fullyConnected: {outputs: 8}, relu, fullyConnected: {outputs: 10}]",
    ]
    try train("\(folder.path)/one", method, options)
    let expected = try Outcome("\(folder.path)/one")
    for ranks in [2, 3] {
      try train("\(folder.path)/\(ranks)", method, options, ranks: ranks)
      #expect(try Outcome("\(folder.path)/\(ranks)") == expected, "\(ranks) ranks")
    }
    // Stopped by a signal in between, and taken up on others.
    let stopped = "\(folder.path)/stopped"
    let schedule = options + ["--set", "checkpoint.every=5"]
    try train(stopped, method, schedule)
    let later = "\(folder.path)/later"
    try train(
      later, method, options + ["--resume", "\(stopped)/checkpoints/step-00000005.h5"], ranks: 3)
    #expect(try Program.digest(of: later) == expected.digest)
    #expect(
      try Data(contentsOf: URL(filePath: "\(later)/networks.h5")) == expected.networks)
    let count = [
      "sgd-sampler": 4, "swa": 2, "swag": 3, "snapshot": 4, "dropout": 3, "average": 1,
      "gaussian-fit": 3,
    ][method]
    #expect(try figures(["\(stopped)/networks.h5"])["samples"] as? Int == count)
  }

  /// Noise is sought for a checkpoint of plain training, until its networks have the accuracy asked for.
  @Test func noiseAtAnAccuracy() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    let longer = ["--set", "baseline.members=1", "--set", "baseline.drops=[]"]
    try train(run, "sgd", longer, steps: 40)
    let network = try #require(
      try figures(["\(run)/networks.h5", "--split", "validation"])["mean_accuracy"] as? Double)
    #expect(network > 0.5)
    let noisy = "\(folder.path)/noisy"
    let target = network - 0.1
    try train(
      noisy, "weight-noise",
      longer + [
        "--resume", "\(run)/checkpoints/latest", "--set", "baseline.targetAccuracy=\(target)",
        "--set", "baseline.networks=20",
      ], steps: 40, ranks: 2)
    let found = try figures(["\(noisy)/networks.h5", "--split", "validation"])
    #expect(abs(try #require(found["mean_accuracy"] as? Double) - target) <= 0.02)
    #expect(found["samples"] as? Int == 20)
    #expect((found["networks"] as? String)?.hasPrefix("weight-noise 0.") == true)
    let impossible = try Program.run(
      [
        "baseline", "weight-noise", "--run-dir", "\(folder.path)/no", "--steps", "40", "--threads",
        "1",
      ]
        + Self.options + longer
        + ["--resume", "\(run)/checkpoints/latest", "--set", "baseline.targetAccuracy=0.999"])
    #expect(impossible.status == 1)
    #expect(impossible.errors.contains("baseline.targetAccuracy 0.999: without noise to speak of"))
  }

  /// The checkpoint's networks, measured with the same images, are those of the file.
  @Test func fileHoldsTheNetworks() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try train(run)
    let file = try figures(["\(run)/networks.h5"])
    let checkpoint = try figures(["\(run)/checkpoints/latest"])
    #expect(NSDictionary(dictionary: file) == NSDictionary(dictionary: checkpoint))
    #expect(file["samples"] as? Int == 3)
    #expect(file["networks"] as? String == "deep-ensemble, step 8")
    #expect(file["entropy"] is NSNull)
    #expect(try #require(file["max_accuracy"] as? Double) > 0.15)
    for kind in ["accuracy", "similarity", "filters"] {
      try Program.succeed([
        "analyze", kind, "\(run)/networks.h5", "--images", "50", "--output", "\(folder.path)/f",
      ])
    }
    // Direct paths are there, interpolated ones are not.
    try Program.succeed([
      "analyze", "paths", "\(run)/networks.h5", "--images", "50", "--output", "\(folder.path)/f",
    ])
    let rows = try contents(of: "\(folder.path)/f/paths.csv").split(separator: "\n")
    #expect(rows.count == 41 && rows.dropFirst().allSatisfy { $0.hasSuffix(",") })
    let inspected = try Program.succeed(["inspect", "\(run)/networks.h5"]).output
    #expect(inspected.hasPrefix("networks: deep-ensemble, step 8\n"))
  }

  @Test func badInput() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try train(run, steps: 1)
    try #require(FileManager.default.fileExists(atPath: "\(run)/networks.h5"))
    let options = ["--run-dir", "\(folder.path)/other"]
    for (arguments, status, message) in [
      (["baseline", "sdg"] + options, 2, "sgd"),
      (
        ["baseline", "sgd", "--run-dir", run], 2,
        "there is a run of hyperdist baseline deep-ensemble"
      ),
      (["train", "--run-dir", run], 2, "there is a run of hyperdist baseline deep-ensemble"),
      (
        ["train", "--preset", "mnist", "--set", "baseline.method=sgd"], 2, "hyperdist baseline sgd"
      ),
      (["baseline", "sgd", "--preset", "toy"] + options, 2, "plays no part in the problem 'toy'"),
      (
        ["baseline", "sgd", "--preset", "quickstart", "--set", "baseline.sliceImages=7"] + options,
        2,
        "a batch of 256 images cannot be cut into slices of 7 (slices that fit: 1, 2, 4, 8"
      ),
      (
        ["baseline", "sgd", "--preset", "quickstart", "--set", "baseline.weightDecay=0.1"]
          + options,
        2, "adam takes no weight decay here"
      ),
      (
        ["baseline", "mnfg", "--preset", "resnet32-cifar10"] + options, 2,
        "mnfg has no distribution of scales and shifts of normalizations"
      ),
      (
        ["baseline", "deep-ensemble", "--run-dir", run, "--set", "baseline.momentum=0.5"], 1,
        "baseline.momentum: 0.9 -> 0.5"
      ),
      (["evaluate", "\(run)/checkpoints/latest", "--samples", "4"], 2, "the file has 3 networks"),
      (["evaluate", "\(run)/checkpoints/latest", "--parameters", "last"], 1, "of a baseline"),
    ] as [([String], Int32, String)] {
      let bad = try Program.run(arguments)
      #expect(bad.status == status && bad.errors.contains(message), "\(arguments): \(bad.errors)")
    }
    let many = try Program.run(
      ["baseline", "sgd", "--threads", "1"] + options + Self.options + [
        "--set", "baseline.members=1",
      ],
      ranks: 5)
    #expect(many.status == 2)
    #expect(many.errors.contains("5 ranks are more than the 4 slices of 1 networks' minibatches"))
  }
}
