// What MPI is told is what the schedule says.

import Collectives
import Configurations
import Foundation
import Scaling
import TestSupport
import Testing

@Suite(.serialized) struct TraceTests {
  private static let ways: [(name: String, overrides: [String])] = [
    ("entropy, sliced", ["distribution.exchange=sliced"]),
    ("entropy, gathered", ["distribution.exchange=allgather", "training.averageDecay=0.9"]),
    (
      "random candidates",
      [
        "objective.diversity=none", "objective.entropy.candidates=3",
        "distribution.exchange=sliced",
      ]
    ),
    ("committees", ["objective={committee: 4, diversity: ensemble}"]),
    ("outputs", ["objective.diversity=output-entropy"]),
    (
      "ensemble, updates everywhere",
      ["objective.diversity=ensemble", "distribution.optimizer=replicated"]
    ),
    ("variance, to all", ["objective.diversity=variance", "distribution.collectives=alltoall"]),
    ("wide layers", [wide, "training.latents=8"]),
    ("wide layers, to all", [wide, "training.latents=8", "distribution.collectives=alltoall"]),
    ("wide layers, summed", [wide, "training.latents=8", "distribution.wideLayers=summed"]),
    ("slices", sliced), ("slices, to all", sliced + ["distribution.collectives=alltoall"]),
    (
      "slices of two latents",
      sliced + ["distribution.shards=4", "objective.diversity=ensemble"]
    ),
  ]

  /// The extractor's last layer is divided, and generators' last layers set off by themselves.
  private static let wide =
    "hypernetwork={latentSize: 20, codeSize: 4, extractorHidden: [150, 150], generatorHidden: [[8, 8], [8, 340], [8, 340], [8, 8]]}"

  /// Images of eight latents may be divided among 32 ranks.
  static let sliced = [
    "training={latents: 8, imagesPerLatent: 4}", "distribution.slices=4",
    "target.layers=[convolution: {filters: 6, size: 3, stride: 2, padding: 1}, normalization, relu, "
      + "convolution: {filters: 20, size: 3, stride: 2, padding: 1}, normalization, relu, "
      + "convolution: {filters: 6, size: 3, stride: 2, padding: 1}, relu, fullyConnected: {outputs: 10}]",
  ]

  /// Message by message, on every rank; three and five ranks exchange all to all, sixteen are more than there are shards.
  @Test(
    arguments: [
      (2, 7), (8, 7), (16, 7), (3, 7), (4, 8), (4, 9), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4),
      (2, 5), (2, 6), (8, 0), (8, 1), (8, 2), (8, 6),
      (4, 10), (11, 10), (16, 10), (32, 10), (11, 11), (16, 11), (7, 12), (8, 12), (16, 12),
      (16, 0), (16, 3), (16, 5), (3, 0), (3, 4), (5, 1),
    ])
  func traceIsTheSchedule(ranks: Int, way: Int) throws {
    let way = Self.ways[way]
    let folder = TestFolder()
    let overrides =
      ["training={latents: 16, imagesPerLatent: 2}", "distribution.shards=8", ScaleTests.small]
      + way.overrides
    try Program.succeed(
      ["bench", "step", "--preset", "quickstart"] + overrides.flatMap { ["--set", $0] } + [
        "--repeats", "1", "--threads", "1", "--trace", folder.path,
      ], ranks: ranks)
    let step = try #require(
      Int(try contents(of: "\(folder.path)/step").trimmingCharacters(in: .whitespacesAndNewlines)))
    let configuration = try Configuration.parse(
      yaml: try contents(of: "\(folder.path)/config.yaml"), source: "config.yaml")
    let real = try (0..<ranks).map { try RankTrace.read(rank: $0, from: folder.path) }
    let terms = try Self.neighbourTerms(
      real, step: step, StepSchedule(configuration, rankCount: ranks))
    #expect(terms.reduce(0, +) == 2 * configuration.training.latents)
    let schedule = try StepSchedule(configuration, rankCount: ranks, neighbourTerms: terms)
    for rank in 0..<ranks {
      let real = real[rank]
      let told = schedule.actions(of: rank, first: step) { _, _ in 0 }
      let messages = real.filter(\.isMessage).count
      #expect(messages > 0)
      let difference = RankTrace.difference(real, told)
      #expect(difference == nil, "\(way.name), rank \(rank) of \(ranks): \(difference ?? "")")
      // Everything that began has ended.
      #expect(2 * messages == told.count)
    }
    let timeline = try #require(
      try JSONSerialization.jsonObject(
        with: Data(try contents(of: "\(folder.path)/timeline.json").utf8)) as? [String: Any])
    let events = try #require(timeline["traceEvents"] as? [[String: Any]])
    for rank in 0..<ranks {
      let own = events.filter { $0["pid"] as? Int == rank }
      #expect(own.contains { $0["name"] as? String == "targets" && $0["ph"] as? String == "X" })
      let (begun, ended) = (
        own.count { $0["ph"] as? String == "b" }, own.count { $0["ph"] as? String == "e" }
      )
      #expect(begun == ended)
    }
  }

  /// How many samples ask each rank's samples for signs, which is as it happened: `expected` takes each for the neighbour of one, and what a rank
  /// receives on the way home is proportional.
  private static func neighbourTerms(
    _ real: [[MessageAction]], step: Int, _ expected: StepSchedule
  ) -> [Int] {
    func received(_ actions: [MessageAction]) -> [Int] {
      actions.compactMap {
        if case .receive(_, let space, let bytes) = $0, space == 0 { bytes } else { nil }
      }
    }
    return real.enumerated().map { rank, actions in
      let typical = 2 * expected.plan.samples(of: rank).count
      let told = expected.actions(of: rank, first: step) { _, _ in 0 }
      let other = zip(received(actions), received(told)).first { $0 != $1 }
      return other.map { typical * $0.0 / max(1, $0.1) } ?? typical
    }
  }

  @Test func whatCannotBeTracedIsRefused() throws {
    for (overrides, text) in [
      (["--set", "distribution.reduction=fast"], "reproducible"),
      (["--set", "baseline.method=sgd"], "baseline.method"),
    ] {
      let run = try Program.run(
        ["bench", "step", "--repeats", "1", "--trace", "/tmp/unused"] + overrides, ranks: 2)
      #expect(run.status == 2 && run.errors.contains(text), "\(run.errors)")
    }
  }
}
