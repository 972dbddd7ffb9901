// What networks cost, counted by hand.

import Configurations
import Testing

@testable import TrainedModels

@Suite struct NetworkCostTests {
  /// MNIST's target: weights 20,018; multiply-adds of its layers.
  private let weights = 20_018
  private let layers = [32 * 25 * 784, 16 * 800 * 196, 8 * 784, 10 * 8]
  private var forward: Double { 2 * Double(layers.reduce(0, +)) }
  /// Without the gradient of the images.
  private var training: Double { 3 * forward - 2 * Double(layers[0]) }

  private func cost(_ overrides: [String], step: Int, networks: Int) throws -> NetworkCost {
    try NetworkCost(
      Configuration.preset("mnist", overrides: overrides), step: step, networks: networks)
  }

  @Test func hypernetwork() throws {
    let cost = try cost([], step: 10, networks: 200)
    // A weight matrix multiplies each row of its input once.
    let extractor = 300 * 300 * 2 + 300 * 855
    let generators = [
      (32, 15 * 40 + 40 * 40 + 40 * 26), (16, 15 * 100 + 100 * 100 + 100 * 801),
      (8, 15 * 100 + 100 * 100 + 100 * 785), (1, 15 * 60 + 60 * 60 + 60 * 90),
    ]
    let generation = 2 * Double(extractor + generators.reduce(0) { $0 + $1.0 * $1.1 })
    #expect(cost.trained == 1)
    #expect(cost.flopsOfOneMore == generation)
    #expect(cost.trainingFLOPs == 10 * (1024 * training + 32 * 3 * generation))
    // Running means and variances of all hidden units beside the parameters.
    #expect(cost.storedNumbers == 633_640 + 2 * (600 + 80 + 200 + 200 + 120))
  }

  @Test func baselines() throws {
    let step = 256 * training
    let ensemble = try cost(["baseline.method=deep-ensemble"], step: 100, networks: 10)
    #expect(ensemble.trained == 10 && ensemble.storedNumbers == 10 * weights)
    #expect(ensemble.trainingFLOPs == 1000 * step)
    #expect(ensemble.flopsOfOneMore == 10_000 * step)
    let snapshots = try cost(["baseline.method=snapshot"], step: 10_000, networks: 10)
    #expect(snapshots.trainingFLOPs == 10_000 * step && snapshots.flopsOfOneMore == 1000 * step)
    let swag = try cost(["baseline.method=swag"], step: 1, networks: 100)
    #expect(swag.storedNumbers == 22 * weights && swag.flopsOfOneMore == 2 * 21 * Double(weights))
    let noise = try cost(
      ["baseline={method: weight-noise, noise: 0.1}"], step: 1, networks: 100)
    #expect(noise.storedNumbers == weights && noise.flopsOfOneMore == 2 * Double(weights))
    let chain = try cost(
      ["baseline={method: sgd-sampler, members: 1, iterates: 5}"], step: 10_000, networks: 5)
    // 55,000 images in batches of 256.
    #expect(chain.flopsOfOneMore == 215 * step && chain.storedNumbers == 5 * weights)
  }

  /// Two steps of flows in each layer, and twice as wide ones that look back.
  @Test func distributions() throws {
    let cost = try cost(["baseline.method=mnfg"], step: 10, networks: 200)
    let drawing = 2.0 * 2 * 3 * 50 * (32 + 16 + 784 + 8)
    #expect(cost.trained == 1 && cost.storedNumbers == 297_476)
    #expect(cost.flopsOfOneMore == drawing)
    #expect(cost.trainingFLOPs == 10 * (1024 * training + 3 * (32 * drawing + 3 * drawing)))
  }

  /// Eight coupling layers of 200 units over 66 gains.
  @Test func gains() throws {
    let cost = try cost(["baseline.method=bhn"], step: 10, networks: 200)
    let drawing = 2.0 * 8 * 200 * 99
    #expect(cost.storedNumbers == 180_678 && cost.flopsOfOneMore == drawing)
    #expect(cost.trainingFLOPs == 10 * (1024 * training + 3 * 33 * drawing))
  }
}
