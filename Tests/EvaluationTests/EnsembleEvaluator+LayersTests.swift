// Shares of distances and dead units of generated networks, against their definitions.

import Datasets
import Evaluation
import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import Testing

@Suite struct EnsembleEvaluatorLayersTests {
  private static let networks = 5
  private static let units = 7

  private func images(_ count: Int) -> LabeledImages {
    let random = CounterRandom(seed: 3, purpose: .test)
    return LabeledImages(
      shape: ImageShape(channels: 1, height: 2, width: 3), classCount: 4,
      pixels: (0..<count * 6).map { UInt8(random.integer($0, below: 256)) },
      labels: (0..<count).map { ClassLabel($0 % 4) })
  }

  private func layout() throws -> HypernetworkLayout {
    try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 3, prior: .normal, codeSize: 4, extractorHidden: [8],
        generatorHidden: [[8], [8]], initialVariance: 1),
      target: try TargetArchitecture(
        input: ImageShape(channels: 1, height: 2, width: 3),
        layers: [.fullyConnected(outputs: Self.units), .relu, .fullyConnected(outputs: 4)]))
  }

  private func evaluator(_ settings: ObjectiveSettings, threads: Int) throws -> EnsembleEvaluator {
    try EnsembleEvaluator(
      parameters: HypernetworkParameters(layout: layout(), seed: 2), settings: settings,
      communicator: .alone, pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() })
  }

  /// Of the first three networks on the first nine images.
  @Test(arguments: DistanceMetric.allCases, [EntropyWeighting.none, .function])
  func againstTheDefinitions(metric: DistanceMetric, weighting: EntropyWeighting) throws {
    let (looked, lookedAt) = (3, 9)
    let images = images(40)
    let request = EvaluationRequest(networkCount: Self.networks, seed: 5)
    let settings = ObjectiveSettings(metric: metric, weighting: weighting)
    let layout = try layout()
    let count = layout.weightCount
    let generated = try evaluator(settings, threads: 1).generateOwn(request)
    let raw = (0..<looked).map { generated.view.slice($0 * count, count).array }
    let weighed = raw.map { weights -> [Float] in
      guard weighting == .function else { return weights }
      let function = FunctionWeighting(target: layout.target, metric: metric)
      let (copy, factors) = (
        SharedBuffer<Float>(count: count), SharedBuffer<Float>(count: function.factorCount)
      )
      copy.view.copy(from: weights)
      function.measure(copy.view, into: factors.view)
      function.apply(factors.view, to: copy.view)
      return copy.view.array
    }
    let parts = layout.target.blocks.map { block -> Double in
      var sum = 0.0
      for a in 0..<looked {
        for b in 0..<a {
          for index in block.range {
            let difference = Double(weighed[a][index] - weighed[b][index])
            sum += metric == .l1 ? abs(difference) : difference * difference
          }
        }
      }
      return sum
    }
    let pixels = SharedBuffer<Float>(count: 6)
    var dead = 0
    for weights in raw {
      for unit in 0..<Self.units {
        let isActive = (0..<lookedAt).contains { image in
          images.copyImage(image, into: pixels.view)
          let sum = (0..<6).reduce(weights[unit * 7 + 6]) {
            $0 + weights[unit * 7 + $1] * pixels.view[$1]
          }
          return sum > 0
        }
        if !isActive { dead += 1 }
      }
    }
    for threads in [1, 3] {
      let result = try evaluator(settings, threads: threads).evaluate(
        request, on: images, layersOf: LayerSample(networks: looked, images: lookedAt))
      let report = try #require(result.layers)
      #expect(report.networks == looked && report.images == lookedAt)
      #expect(report.layers.map(\.name) == ["layer1", "layer2"])
      for (layer, part) in zip(report.layers, parts) {
        let share = try #require(layer.distanceShare)
        #expect(abs(share - part / parts.reduce(0, +)) <= 1e-9)
      }
      #expect(
        report.layers.map(\.deadUnits) == [Double(dead) / Double(looked * Self.units), nil])
      #expect(dead > 0 && dead < looked * Self.units)
      // Looking at layers changes nothing else, and one network differs from none.
      let one = try evaluator(settings, threads: threads).evaluate(
        EvaluationRequest(networkCount: 1, seed: 5, imageLimit: 4), on: images)
      #expect(one.layers?.layers.map(\.distanceShare) == [nil, nil])
      #expect(one.layers?.images == 4 && one.layers?.networks == 1)
    }
  }
}
