// Exported hypernetworks against single networks as evaluation generates them.

import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@testable import Exporting

@Suite struct HypernetworkGraphTests {
  /// A hypernetwork, and latents for some networks.
  private struct Case {
    let parameters: HypernetworkParameters
    let gauge: Gauge
    let latents: SharedBuffer<Float>
    /// What evaluation generates, (networks, D).
    let weights: SharedBuffer<Float>
    var target: TargetArchitecture { parameters.layout.target }

    static let count = 4

    init(
      _ architecture: HypernetworkArchitecture, target: Int, _ gauge: Gauge, stream: Int
    ) throws {
      self.gauge = gauge
      let layout = try HypernetworkLayout(
        architecture, target: TargetGraphTests.architectures[target])
      parameters = HypernetworkParameters(layout: layout, seed: UInt64(stream))
      let random = TargetGraphTests.random
      // Away from what a training begins with.
      let changes = random(parameters.values.count, stream, 0.1)
      VectorMath.add(changes.view, times: 1, to: parameters.values)
      let statistics = random(parameters.statistics.count, stream + 50, 0.3)
      for entry in layout.statistics.entries {
        for index in entry.range {
          let value = statistics.view[index]
          parameters.statistics[index] =
            entry.name.hasSuffix("variance") ? 0.05 + abs(value) : value
        }
      }
      let sampler = WeightSampler(parameters: parameters, fixesGauge: gauge)
      let prior = Latents(architecture: architecture, seed: 3)
      latents = SharedBuffer(count: Self.count * layout.latentSize)
      weights = SharedBuffer(count: Self.count * layout.weightCount)
      for network in 0..<Self.count {
        let z = latents.view.slice(network * layout.latentSize, layout.latentSize)
        prior.fill(z, purpose: .evaluationLatents, sample: network)
        if network == Self.count - 1 {
          // Between modes.
          for index in 0..<z.count { z[index] = 0.5 * z[index] + 0.3 * latents.view[index] }
        }
        sampler.generate(
          from: z, into: weights.view.slice(network * layout.weightCount, layout.weightCount))
      }
    }

    var feed: ONNXRuntime.Tensor {
      ONNXRuntime.Tensor(
        shape: [Self.count, parameters.layout.latentSize], values: latents.view.array)
    }

    /// Elements of each filter of a block, of all networks.
    func elements(_ block: TargetArchitecture.Block, _ range: Range<Int>) -> [Float] {
      (0..<Self.count).flatMap { network in
        (0..<block.filterCount).flatMap { filter in
          weights.view.slice(
            network * target.weightCount + block.offset + filter * block.filterSize
              + range.lowerBound, range.count
          ).array
        }
      }
    }
  }

  private static func cases() throws -> [Case] {
    let small = HypernetworkArchitecture(
      latentSize: 5, prior: .uniform, codeSize: 4, extractorHidden: [9],
      generatorHidden: [[6], [7, 7], [8], [5]])
    var shared = small
    (shared.prior, shared.sharing, shared.skipConnections) = (.normal, .kind, true)
    shared.extractorHidden = [9, 9, 9]
    let generators = HypernetworkLayout.generatorCount(
      shared, target: TargetGraphTests.architectures[2])
    shared.generatorHidden = (0..<generators).map { [6 + $0 % 2, 6] }
    (shared.initialization, shared.center) = (.target, true)
    var modes = small
    (modes.prior, modes.latentSize, modes.modes) = (.modes, 6, 3)
    (modes.center, modes.modeCenters, modes.initialization) = (true, true, .smallTarget)
    modes.generation = [.layer, .filter, .layer, .filter]
    var means = small
    (means.initialization, means.generatorHidden) = (.target, [[6], [6], [6]])
    var onFeatures = small
    onFeatures.generatorHidden = [[6], [6]]
    var odd = small
    odd.generatorHidden = [[6], [6], [6], [6], [6]]
    return [
      try Case(odd, target: 4, .scale, stream: 10),
      try Case(odd, target: 4, .scalePermutation, stream: 11),
      try Case(small, target: 0, .none, stream: 1), try Case(small, target: 0, .scale, stream: 2),
      try Case(small, target: 0, .scalePermutation, stream: 3),
      try Case(modes, target: 0, .scalePermutation, stream: 4),
      try Case(means, target: 1, .scale, stream: 5),
      try Case(means, target: 1, .scalePermutation, stream: 6),
      try Case(shared, target: 2, .scalePermutation, stream: 7),
      try Case(shared, target: 2, .scale, stream: 8),
      try Case(onFeatures, target: 3, .scalePermutation, stream: 9),
    ]
  }

  @Test func weightsAreEvaluations() throws {
    let cases = try Self.cases()
    let runs = cases.map { one in
      (
        model: NetworkModel(generator: one.parameters, gauge: one.gauge, about: .test).pieces,
        feeds: ["latents": one.feed]
      )
    }
    for (number, outputs) in try ONNXRuntime.outputs(runs).enumerated() {
      let one = cases[number]
      for block in one.target.blocks {
        let kernel = try #require(outputs["weights.\(block.name).kernel"])
        #expect(kernel.shape == [Case.count, block.filterCount] + block.kernelShape)
        var parts = [(kernel.values, 0..<block.kernelCount)]
        let behind = block.isNormalized ? ["scale", "shift"] : ["bias"]
        for (place, name) in behind.enumerated() {
          let tail = try #require(outputs["weights.\(block.name).\(name)"])
          #expect(tail.shape == [Case.count, block.filterCount])
          let start = block.kernelCount + place
          parts.append((tail.values, start..<start + 1))
        }
        for (found, range) in parts {
          let (difference, size) = TargetGraphTests.difference(one.elements(block, range), found)
          #expect(
            difference <= 4e-6 * size, "case \(number), \(block.name): \(difference) of \(size)")
        }
      }
      #expect(outputs.count == one.target.blocks.reduce(0) { $0 + ($1.isNormalized ? 3 : 2) })
    }
  }

  /// Latents and images to what networks say, normalized ones with the statistics of further images.
  @Test func ensemblesAreTheEngines() throws {
    let cases = try Self.cases()
    let (imageCount, batch) = (3, 8)
    var expected: [[Float]] = []
    var runs: [(model: [[UInt8]], feeds: [String: ONNXRuntime.Tensor])] = []
    for (number, one) in cases.enumerated() {
      let target = one.target
      let images = TargetGraphTests.random(imageCount * target.input.count, stream: number + 300)
      let training = TargetGraphTests.random(batch * target.input.count, stream: number + 400)
      let engine = try InferenceEngine(architecture: target, imageCount: imageCount)
      let meter = try StatisticsEngine(architecture: target, imageCount: batch)
      var logits = [Float](repeating: 0, count: imageCount * Case.count * target.classCount)
      for network in 0..<Case.count {
        let weights = one.weights.view.slice(network * target.weightCount, target.weightCount)
        let statistics = SharedBuffer<Float>(count: target.statisticCount)
        if target.isNormalized {
          let sums = SharedBuffer<Double>(count: target.statisticCount)
          meter.loadWeights(weights)
          meter.addMoments(images: training.view, to: sums.view)
          TargetStatistics.take(
            sums.view, batches: 1, architecture: target, into: statistics.view)
        }
        engine.loadWeights(weights, statistics: target.isNormalized ? statistics.view : nil)
        let own = SharedBuffer<Float>(count: imageCount * target.classCount)
        engine.logits(images: images.view, count: imageCount, into: own.view)
        for image in 0..<imageCount {
          for k in 0..<target.classCount {
            logits[(image * Case.count + network) * target.classCount + k] =
              own.view[image * target.classCount + k]
          }
        }
      }
      expected.append(logits)
      let (units, inputs) = TargetGraphTests.units(target, images)
      let model = NetworkModel(
        ensemble: one.parameters, gauge: one.gauge, units: units, about: .test)
      var feeds = ["latents": one.feed, "inputs": TargetGraphTests.tensor(target, inputs)]
      if target.isNormalized {
        feeds["statistics_inputs"] = TargetGraphTests.tensor(
          target, TargetGraphTests.units(target, training).inputs)
      }
      runs.append((model.pieces, feeds))
    }
    for (number, outputs) in try ONNXRuntime.outputs(runs).enumerated() {
      let logits = try #require(outputs["logits"])
      #expect(logits.shape == [imageCount, Case.count, cases[number].target.classCount])
      let (difference, size) = TargetGraphTests.difference(expected[number], logits.values)
      #expect(difference <= 2e-5 * size, "case \(number): \(difference) of \(size)")
    }
  }
}
