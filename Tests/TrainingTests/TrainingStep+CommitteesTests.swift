// Whole steps in which committees see the same images.

import Configurations
import Datasets
import Host
import Hypernetworks
import Kernels
import Numerics
import TestSupport
import Testing
import Training

@Suite struct TrainingStepCommitteesTests {
  /// Noise, labelled by the image's number.
  private static let images = LabeledImages(
    shape: ImageShape(channels: 1, height: 8, width: 8), classCount: 10,
    pixels: (0..<90 * 64).map { UInt8(256 * GoldenNumbers.uniform(tensor: 108, index: $0)) },
    labels: (0..<90).map { ClassLabel($0 % 10) })

  private struct Run {
    let report: StepReport
    /// The gradient that Adam was given in step 1, and the tensors it consists of.
    let gradient: [Double]
    let tensors: [Range<Int>]
    let centre: Range<Int>?
  }

  /// Step 1 from given parameters, moved by `move`, of networks without kinks.
  private func run(_ settings: [String], move: [Double]? = nil) throws -> Run {
    let configuration = try Configuration.preset(
      "quickstart",
      overrides: [
        "training={latents: 8, imagesPerLatent: 4, seed: 3}", "distribution.shards=4",
        "objective={lambda: 0.1, gauge: none, entropy: {metric: l2}}",
        "hypernetwork={latentSize: 6, extractorHidden: [8], generatorHidden: [[5], [5]], "
          + "initialVariance: 0.3, leak: 1}",
        "target.layers=[convolution: {filters: 2, size: 3, stride: 2, padding: same}, "
          + "fullyConnected: {outputs: 10}]",
      ] + settings)
    let parameters = HypernetworkParameters(
      layout: try HypernetworkLayout(
        configuration.hypernetwork,
        target: configuration.targetArchitecture(input: Self.images.shape)), seed: 3)
    for (index, move) in (move ?? []).enumerated() { parameters.values[index] += Float(move) }
    let step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration),
      plan: ShardPlan(sampleCount: 8, shardCount: 4, rankCount: 1), images: Self.images,
      communicator: .alone, pool: WorkerPool(threadCount: 2) { LibraryThreads.useOne() })
    let report = try step.run(1, measure: true)
    #expect(report.skipped == nil)
    return Run(
      report: report, gradient: step.optimizer.firstMoment.array.map { Double($0) / 0.1 },
      tensors: parameters.layout.parameters.entries.map(\.range),
      centre: parameters.layout.center?.range)
  }

  /// Along each tensor's gradient the loss of the whole step rises as the gradient says.
  @Test(arguments: [
    ["objective.diversity=ensemble"], ["objective.diversity=output-entropy"],
    ["objective.diversity=output-entropy", "objective.entropy={k: 2, candidates: 3}"],
  ])
  func centralDifferences(diversity: [String]) throws {
    let settings = diversity + ["objective.committee=4"]
    let found = try run(settings)
    let accuracyAlone = try run(["objective.diversity=none", "objective.committee=4"])
    var checked = 0
    for tensor in found.tensors {
      let norm = tensor.reduce(0) { $0 + found.gradient[$1] * found.gradient[$1] }.squareRoot()
      guard norm > 1e-3 else { continue }
      checked += 1
      let slope = try CentralDifference.slope(step: min(1e-2, 2e-3 / norm)) { move in
        var direction = [Double](repeating: 0, count: found.gradient.count)
        for index in tensor { direction[index] = move * found.gradient[index] / norm }
        return try run(settings, move: direction).report.loss
      }
      #expect(abs(slope - norm) <= 0.01 * norm, "tensor at \(tensor): \(slope), not \(norm)")
    }
    #expect(checked >= 5)
    let difference = zip(found.gradient, accuracyAlone.gradient).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    // Most of the gradient is the term's.
    #expect(difference > found.gradient.reduce(0) { $0 + $1 * $1 } / 4)
  }

  /// Where all networks' gradients are cut to a norm, they are as long as it says: that of the centre, their sum, is at most lambda times
  /// the norm, nearly as much where all see the same, and twice the norm makes all gradients twice as long. One that none exceeds changes nothing.
  @Test(arguments: ["none", "ensemble"]) func gradientsAreCut(diversity: String) throws {
    let settings = [
      "objective.diversity=\(diversity)", "objective.committee=\(diversity == "none" ? 1 : 8)",
      "hypernetwork={center: true, initialization: target, spread: 0.01}",
    ]
    func gradient(_ norm: Double) throws -> Run {
      try run(settings + ["training.gradientNorm=\(norm)"])
    }
    let (free, cut) = (try run(settings), try gradient(0.0078125))
    #expect(cut.gradient != free.gradient)
    #expect(try gradient(0.015625).gradient == cut.gradient.map { 2 * $0 })
    #expect(try gradient(1e6).gradient == free.gradient)
    let length = try #require(cut.centre).reduce(0) { $0 + cut.gradient[$1] * cut.gradient[$1] }
      .squareRoot()
    let most = 0.1 * 0.0078125
    #expect(length <= 1.0001 * most)
    #expect(length >= (diversity == "none" ? 0.1 : 0.95) * most, "\(length) of \(most)")
  }

  /// Forward and backward apart do what a pass at once does, on the same images.
  @Test func accuracyIsThatOfOnePass() throws {
    let apart = try run(["objective.diversity=ensemble", "objective.committee=4"]).report
    let once = try run(["objective.diversity=none", "objective.committee=4"]).report
    let alone = try run(["objective.diversity=none"]).report
    #expect(abs(apart.accuracyLoss - once.accuracyLoss) <= 1e-6)
    #expect(apart.trainAccuracy == once.trainAccuracy)
    #expect(apart.diversity.entropy == once.diversity.entropy)
    #expect(abs(alone.accuracyLoss - once.accuracyLoss) > 1e-4)
  }
}
