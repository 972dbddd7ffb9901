// The same bits at any rank count, thread count and exchange, across stops and resumes.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ReproducibilityTests {
  struct Arrangement: CustomStringConvertible {
    var ranks: Int
    var threads: Int
    var exchange = "allgather"
    var transport = "shared memory"
    var collectives = "auto"
    var optimizer = "sharded"
    var wideLayers = "divided"
    var description: String {
      "\(ranks) ranks x \(threads) threads, \(exchange), \(transport), \(collectives), \(optimizer), \(wideLayers)"
    }
  }

  /// What a run computed: the state after its last step, and metrics.csv without timings.
  struct Outcome: Equatable {
    var digest: String
    var metrics: [[String]]

    init(_ directory: String) throws {
      digest = try Program.digest(of: directory)
      metrics = try Program.metrics(of: directory)
    }
  }

  /// The preset's own networks with few latents and images, so that 100 steps take seconds.
  private static let quickstart = [
    "--preset", "quickstart", "--set", "training.latents=16", "--set",
    "training.imagesPerLatent=1",
  ]

  /// Trains to step `steps`, validated and logged on the way as a longer run would be.
  private func train(
    _ options: [String], _ arrangement: Arrangement, steps: Int, validation: Int = 50,
    in directory: String
  ) throws {
    let isTCP = arrangement.transport == "TCP"
    try Program.succeed(
      ["train"] + options + [
        "--steps", "\(steps)", "--threads", "\(arrangement.threads)", "--run-dir", directory,
        "--set", "distribution.exchange=\(arrangement.exchange)", "--set",
        "distribution.collectives=\(arrangement.collectives)", "--set",
        "distribution.optimizer=\(arrangement.optimizer)", "--set",
        "distribution.wideLayers=\(arrangement.wideLayers)", "--set",
        "validation.every=\(validation)", "--set", "validation.samples=6", "--set",
        "metrics.every=5", "--set", "checkpoint.every=0",
      ], ranks: arrangement.ranks, environment: isTCP ? ["OMPI_MCA_btl": "tcp,self"] : [:],
      timeout: 1200)
  }

  /// Trains `steps` steps on one rank and in every other arrangement, and compares what comes out.
  private func compare(
    _ options: [String], steps: Int, validation: Int, arrangements: [Arrangement],
    chain: [(Arrangement, steps: Int)]
  ) throws {
    let folder = TestFolder()
    func outcome(_ name: String, _ runs: [(Arrangement, steps: Int)]) throws -> Outcome {
      let directory = "\(folder.path)/\(name)"
      for (arrangement, steps) in runs {
        try train(options, arrangement, steps: steps, validation: validation, in: directory)
      }
      return try Outcome(directory)
    }
    let expected = try outcome("reference", [(Arrangement(ranks: 1, threads: 1), steps)])
    #expect(expected.digest.count == 64)
    #expect(expected.metrics.count == steps / 5 + 1)
    for (index, arrangement) in arrangements.enumerated() {
      #expect(try outcome("\(index)", [(arrangement, steps)]) == expected, "\(arrangement)")
    }
    #expect(try outcome("chain", chain) == expected, "stopped and resumed")
  }

  @Test func quickstartIsTheSameInNineteenArrangements() throws {
    try compare(
      Self.quickstart, steps: 100, validation: 20,
      arrangements: [
        Arrangement(ranks: 1, threads: 2, exchange: "sliced"),
        Arrangement(ranks: 2, threads: 1, transport: "TCP"),
        Arrangement(ranks: 2, threads: 2, exchange: "sliced"),
        Arrangement(ranks: 3, threads: 1, exchange: "sliced", transport: "TCP"),
        Arrangement(ranks: 3, threads: 2), Arrangement(ranks: 4, threads: 1),
        Arrangement(ranks: 5, threads: 1, exchange: "sliced"),
        Arrangement(ranks: 6, threads: 1, transport: "TCP"),
        Arrangement(ranks: 7, threads: 1, exchange: "sliced"), Arrangement(ranks: 8, threads: 1),
        Arrangement(ranks: 4, threads: 1, collectives: "alltoall"),
        Arrangement(ranks: 3, threads: 1, optimizer: "replicated"),
        Arrangement(ranks: 4, threads: 1, collectives: "tree", optimizer: "replicated"),
        Arrangement(ranks: 11, threads: 1, exchange: "sliced"),
        Arrangement(ranks: 16, threads: 1, collectives: "tree"),
        Arrangement(ranks: 4, threads: 1, wideLayers: "summed"),
        Arrangement(ranks: 3, threads: 2, exchange: "sliced", wideLayers: "summed"),
      ],
      chain: [
        (Arrangement(ranks: 2, threads: 1), 20),
        (Arrangement(ranks: 5, threads: 1, transport: "TCP", optimizer: "replicated"), 40),
        (Arrangement(ranks: 1, threads: 2), 60), (Arrangement(ranks: 16, threads: 1), 80),
        (Arrangement(ranks: 3, threads: 1, exchange: "sliced"), 100),
      ])
  }

  @Test func mnistIsTheSameInEightArrangements() throws {
    try compare(
      Program.mnist, steps: 50, validation: 25,
      arrangements: [
        Arrangement(ranks: 1, threads: 2), Arrangement(ranks: 2, threads: 1),
        Arrangement(ranks: 2, threads: 2, exchange: "sliced"),
        Arrangement(ranks: 3, threads: 1, exchange: "sliced", transport: "TCP"),
        Arrangement(ranks: 4, threads: 1, exchange: "sliced"), Arrangement(ranks: 8, threads: 1),
      ],
      chain: [
        (Arrangement(ranks: 2, threads: 2, exchange: "sliced"), 25),
        (Arrangement(ranks: 3, threads: 1), 50),
      ])
  }

  /// A residual network: normalizations of the targets, their statistics in validation, shared generators,
  /// skip connections, random changes to images.
  @Test(arguments: ["f32", "bf16"])
  func residualNetworksAreTheSameInSixArrangements(precision: String) throws {
    try compare(
      [
        "--set", "training.precision=\(precision)",
        "--preset", "quickstart", "--set", "training.latents=8", "--set",
        "training.imagesPerLatent=4", "--set", "data.augment=crop-flip", "--set",
        "data.normalize=channel", "--set", "validation.statisticsImages=24", "--set",
        "target.layers=[convolution: {filters: 6, size: 3, stride: 2, padding: 1}, normalization, relu, "
          + "residualStage: {blocks: 1, filters: 6, stride: 1}, residualStage: {blocks: 2, filters: "
          + "10, stride: 2}, globalAveragePool, fullyConnected: {outputs: 10}]",
        "--set", "hypernetwork.sharing=kind", "--set", "hypernetwork.skipConnections=true", "--set",
        "hypernetwork.extractorHidden=[20, 20]", "--set",
        "hypernetwork.generatorHidden=[[9, 9], [9, 9], [9, 9], [9, 9]]",
      ], steps: 30, validation: 15,
      arrangements: [
        Arrangement(ranks: 1, threads: 2), Arrangement(ranks: 2, threads: 1),
        Arrangement(ranks: 3, threads: 2, exchange: "sliced"),
        Arrangement(ranks: 8, threads: 1, exchange: "sliced"),
      ],
      chain: [
        (Arrangement(ranks: 2, threads: 1), 15),
        (Arrangement(ranks: 5, threads: 1, exchange: "sliced"), 30),
      ])
  }

  /// A latent's images on several ranks: eight latents of four slices, on up to 32 ranks, of which 5 have more latents than one, 11 and 16 some
  /// divided and some not or all in halves, and across stops between fewer ranks than latents and more.
  @Test(arguments: ["f32", "bf16"])
  func imagesOfALatentAreTheSameOnManyRanks(precision: String) throws {
    try compare(
      Self.sliced + ["--set", "training.precision=\(precision)"], steps: 20, validation: 5,
      arrangements: [
        Arrangement(ranks: 1, threads: 3), Arrangement(ranks: 2, threads: 2),
        Arrangement(ranks: 3, threads: 1, exchange: "sliced"), Arrangement(ranks: 5, threads: 1),
        Arrangement(ranks: 8, threads: 1, exchange: "sliced"), Arrangement(ranks: 11, threads: 2),
        Arrangement(ranks: 11, threads: 1, exchange: "sliced", collectives: "alltoall"),
        Arrangement(ranks: 16, threads: 3), Arrangement(ranks: 16, threads: 1, transport: "TCP"),
        Arrangement(ranks: 16, threads: 1, collectives: "tree", optimizer: "replicated"),
        Arrangement(ranks: 29, threads: 1), Arrangement(ranks: 32, threads: 1),
        Arrangement(ranks: 32, threads: 1, exchange: "sliced", collectives: "alltoall"),
      ],
      chain: [
        (Arrangement(ranks: 2, threads: 1), 5), (Arrangement(ranks: 32, threads: 1), 10),
        (Arrangement(ranks: 3, threads: 2), 15),
        (Arrangement(ranks: 11, threads: 1, exchange: "sliced"), 20),
      ])
  }

  /// Networks without normalizations, of two latents a shard, whose gradients are cut to a norm.
  @Test func imagesOfPlainNetworksAreTheSameOnManyRanks() throws {
    try compare(
      Self.quickstart + [
        "--set", "training={imagesPerLatent: 6, gradientNorm: 0.5}", "--set",
        "distribution.slices=3",
        "--set", "objective.diversity=output-entropy", "--set", "objective.probeImages=5",
      ], steps: 10, validation: 5,
      arrangements: [
        Arrangement(ranks: 1, threads: 2), Arrangement(ranks: 3, threads: 2),
        Arrangement(ranks: 11, threads: 1, exchange: "sliced"), Arrangement(ranks: 16, threads: 2),
        Arrangement(ranks: 24, threads: 1), Arrangement(ranks: 32, threads: 1),
      ],
      chain: [
        (Arrangement(ranks: 16, threads: 1), 5),
        (Arrangement(ranks: 2, threads: 1, exchange: "sliced"), 10),
      ])
  }

  static let sliced = [
    "--preset", "quickstart", "--set", "training={latents: 8, imagesPerLatent: 8}", "--set",
    "distribution.slices=4", "--set", "data.augment=crop-flip", "--set",
    "validation.statisticsImages=24", "--set",
    "target.layers=[convolution: {filters: 6, size: 3, stride: 2, padding: 1}, normalization, relu, "
      + "residualStage: {blocks: 1, filters: 6, stride: 1}, residualStage: {blocks: 1, filters: "
      + "20, stride: 2}, globalAveragePool, fullyConnected: {outputs: 10}]",
    "--set",
    "hypernetwork={sharing: kind, skipConnections: true, extractorHidden: [20, 20], "
      + "generatorHidden: [[9, 9], [9, 9], [9, 9], [9, 9]]}",
  ]

  /// Another number of slices is another order of the sums, and a run cannot change it.
  @Test func slicesArePartOfTheBits() throws {
    let folder = TestFolder()
    var digests: [String] = []
    for slices in [1, 2, 4] {
      let directory = "\(folder.path)/\(slices)"
      try train(
        Self.sliced + ["--set", "distribution.slices=\(slices)"],
        Arrangement(ranks: 2, threads: 1), steps: 5, in: directory)
      digests.append(try Program.digest(of: directory))
    }
    #expect(Set(digests).count == 3)
    let other = try Program.run(
      ["train", "--run-dir", "\(folder.path)/4", "--steps", "6"] + Self.sliced + [
        "--set", "distribution.slices=2",
      ])
    #expect(other.status == 1 && other.errors.contains("distribution.slices: 4 -> 2"))
  }

  /// A prior with modes, a centre for each, weights scaled to their layers, rates by width, and schedules.
  @Test func modesAndCentersAreTheSameInEightArrangements() throws {
    try compare(
      [
        "--preset", "quickstart", "--set", "training.latents=10", "--set",
        "training.imagesPerLatent=4", "--set", "distribution.shards=5", "--set",
        "hypernetwork={prior: modes, modes: 3, modeSpread: 0.5, latentSize: 12, center: true, "
          + "modeCenters: true, initialization: target, spread: 0.3}",
        "--set", "hypernetwork.generatorHidden=[[8], [8], [8], [8]]", "--set",
        "training={stepSizes: width, schedule: cosine, scheduleSteps: 30, warmupSteps: 4, "
          + "learningRate: 1.0e-3, weightDecay: 0.01, averageDecay: 0.9}",
        "--set", "objective={lambdaSchedule: linear, finalLambda: 10, lambdaWarmupSteps: 2}",
      ], steps: 30, validation: 15,
      arrangements: [
        Arrangement(ranks: 1, threads: 2), Arrangement(ranks: 2, threads: 1),
        Arrangement(ranks: 3, threads: 2, exchange: "sliced"),
        Arrangement(ranks: 5, threads: 1, exchange: "sliced"),
        Arrangement(ranks: 4, threads: 1, collectives: "tree", optimizer: "replicated"),
        Arrangement(ranks: 8, threads: 1), Arrangement(ranks: 6, threads: 1),
      ],
      chain: [
        (Arrangement(ranks: 4, threads: 1), 15),
        (Arrangement(ranks: 2, threads: 1, exchange: "sliced"), 30),
      ])
  }

  /// Another shard count is another order of the sums, and the comparison sees it: the digest, which
  /// covers the shard count itself, and the figures of the steps too.
  @Test func anotherOrderOfSummationIsCaught() throws {
    let folder = TestFolder()
    var outcomes: [Outcome] = []
    for (shards, ranks) in [(8, 2), (8, 3), (4, 2), (4, 3), (16, 2)] {
      let directory = "\(folder.path)/\(shards)-\(ranks)"
      try train(
        Self.quickstart + ["--set", "distribution.shards=\(shards)"],
        Arrangement(ranks: ranks, threads: 1), steps: 20, in: directory)
      outcomes.append(try Outcome(directory))
    }
    #expect(outcomes[0] == outcomes[1])
    #expect(outcomes[2] == outcomes[3])
    for (one, other) in [(0, 2), (0, 4), (2, 4)] {
      #expect(outcomes[one].digest != outcomes[other].digest)
      #expect(outcomes[one].metrics != outcomes[other].metrics)
    }
  }

  @Test func randomCandidatesAreTheSameOnAllRanks() throws {
    let folder = TestFolder()
    let arrangements = [
      Arrangement(ranks: 1, threads: 1), Arrangement(ranks: 2, threads: 1),
      Arrangement(ranks: 3, threads: 1, exchange: "sliced"),
      Arrangement(ranks: 4, threads: 2, exchange: "sliced"),
    ]
    var digests: [String] = []
    for (index, arrangement) in arrangements.enumerated() {
      let directory = "\(folder.path)/\(index)"
      try train(
        Program.mnist + ["--set", "objective.entropy.candidates=6"], arrangement, steps: 8,
        in: directory)
      digests.append(try Program.digest(of: directory))
    }
    try train(Program.mnist, arrangements[0], steps: 8, in: "\(folder.path)/all")
    #expect(Set(digests).count == 1)
    #expect(try Program.digest(of: "\(folder.path)/all") != digests[0])
  }

  /// Every diversity term and gauge, gathered and sliced.
  @Test(arguments: [
    ["objective.entropy.k=3"],
    ["objective.entropy.k=2", "objective.entropy.candidates=5", "objective.entropy.metric=l2"],
    ["objective.diversity=output-entropy", "objective.probeImages=5"],
    ["objective.diversity=ensemble", "objective.probeImages=5", "objective.lambda=1"],
    ["objective.entropy.weighting=function"],
    [
      "objective.entropy.weighting=function", "objective.diversity=none",
      "objective.entropy.metric=l2",
    ],
    ["objective.diversity=variance"], ["objective.gauge=scale-permutation"],
  ])
  func diversityTermsAreTheSameOnAllRanks(settings: [String]) throws {
    let folder = TestFolder()
    let options = Self.quickstart + settings.flatMap { ["--set", $0] }
    var outcomes: [Outcome] = []
    for arrangement in [
      Arrangement(ranks: 1, threads: 1), Arrangement(ranks: 1, threads: 3, exchange: "sliced"),
      Arrangement(ranks: 2, threads: 2), Arrangement(ranks: 3, threads: 1, exchange: "sliced"),
      Arrangement(ranks: 4, threads: 1), Arrangement(ranks: 8, threads: 1, exchange: "sliced"),
    ] {
      let directory = "\(folder.path)/\(outcomes.count)"
      try train(options, arrangement, steps: 6, validation: 6, in: directory)
      outcomes.append(try Outcome(directory))
      #expect(outcomes.last == outcomes[0], "\(arrangement)")
    }
    try train(
      Self.quickstart, Arrangement(ranks: 1, threads: 1), steps: 6, in: "\(folder.path)/plain")
    #expect(try Outcome("\(folder.path)/plain") != outcomes[0])
  }

  /// Committees of eight latents, which two shards, or three ranks, do not hold.
  @Test(arguments: [
    ["objective.diversity=ensemble", "objective.lambda=1"],
    ["objective.diversity=ensemble", "objective.lambda=1", "training.precision=bf16"],
    ["objective.diversity=output-entropy"],
    ["objective.diversity=output-entropy", "objective.entropy={k: 2, candidates: 3, metric: l2}"],
    ["objective.diversity=entropy"],
  ])
  func committeesAreTheSameOnAllRanks(settings: [String]) throws {
    let folder = TestFolder()
    let plain =
      Self.quickstart + ["--set", "data.augment=shift"] + settings.flatMap { ["--set", $0] }
    let options = plain + ["--set", "objective.committee=8"]
    var outcomes: [Outcome] = []
    for arrangement in [
      Arrangement(ranks: 1, threads: 1), Arrangement(ranks: 1, threads: 3, exchange: "sliced"),
      Arrangement(ranks: 2, threads: 2), Arrangement(ranks: 3, threads: 1, exchange: "sliced"),
      Arrangement(ranks: 4, threads: 1), Arrangement(ranks: 8, threads: 1),
    ] {
      let directory = "\(folder.path)/\(outcomes.count)"
      try train(options, arrangement, steps: 6, validation: 6, in: directory)
      outcomes.append(try Outcome(directory))
      #expect(outcomes.last == outcomes[0], "\(arrangement)")
    }
    try train(plain, Arrangement(ranks: 1, threads: 1), steps: 6, in: "\(folder.path)/plain")
    #expect(try Outcome("\(folder.path)/plain") != outcomes[0])
  }

  /// The fast reduction's bits depend on the rank count, its results hardly; files say which it was.
  @Test func fastReductionSaysSo() throws {
    let folder = TestFolder()
    let fast = ["--set", "distribution.reduction=fast"]
    var digests: [String] = []
    var losses: [Double] = []
    for (ranks, more) in [(3, []), (1, fast), (3, fast), (5, fast)] {
      let directory = "\(folder.path)/\(digests.count)"
      try train(
        Program.mnist + more, Arrangement(ranks: ranks, threads: 1), steps: 5, in: directory)
      digests.append(try Program.digest(of: directory))
      let metrics = try Program.metrics(of: directory)
      let (names, row) = (metrics[0], try #require(metrics.last))
      losses.append(Double(row[try #require(names.firstIndex(of: "loss"))]) ?? .nan)
      let expected = more.isEmpty ? "reproducible" : "fast"
      #expect(row[try #require(names.firstIndex(of: "reduction"))] == expected)
      let log = try contents(of: "\(directory)/log.jsonl").split(separator: "\n")[0]
      #expect(log.contains("\"reduction\": \"\(expected)\""))
      let inspected = try Program.succeed(
        ["inspect", "--json", "\(directory)/checkpoints/latest"])
      #expect(inspected.output.contains("\"reduction\": \"\(expected)\""))
    }
    #expect(digests[1] == digests[0])
    #expect(Set(digests).count == 3)
    for loss in losses { #expect(abs(loss / losses[0] - 1) <= 1e-3) }
    let other = try Program.run(
      ["train", "--run-dir", "\(folder.path)/3", "--steps", "6"] + Program.mnist, ranks: 2)
    #expect(other.status == 1)
    #expect(other.errors.contains("distribution.reduction: fast -> reproducible"))
  }

  @Test func evaluationAndSamplesDoNotDependOnRanks() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    try train(Program.mnist, Arrangement(ranks: 2, threads: 1), steps: 5, in: directory)
    let checkpoint = "\(directory)/checkpoints/latest"
    var evaluations: [String] = []
    var files: [Data] = []
    for (ranks, threads) in [(1, 1), (2, 2), (3, 1)] {
      let run = try Program.succeed(
        [
          "evaluate", checkpoint, "--samples", "7", "--images", "300", "--json", "-", "--threads",
          "\(threads)",
        ], ranks: ranks)
      evaluations.append(run.output)
      let output = "\(folder.path)/samples\(ranks).safetensors"
      try Program.succeed(
        ["sample", checkpoint, "--count", "7", "--output", output], ranks: ranks)
      files.append(try Data(contentsOf: URL(fileURLWithPath: output)))
    }
    #expect(evaluations[0].contains("\"majority_accuracy\": "))
    #expect(Set(evaluations).count == 1)
    #expect(files[0].count > 7 * 20_018 * 4)
    #expect(Set(files).count == 1)
  }
}
