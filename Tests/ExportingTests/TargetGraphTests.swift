// Exported networks against the program's own engines.

import Datasets
import Foundation
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@testable import Exporting

@Suite struct TargetGraphTests {
  /// Architectures that have every kind of layer, in every place where it may stand.
  static let architectures: [TargetArchitecture] = {
    func make(_ input: ImageShape, _ layers: [TargetLayer]) -> TargetArchitecture {
      do {
        return try TargetArchitecture(input: input, layers: layers)
      } catch {
        fatalError("\(error)")
      }
    }
    return [
      make(
        ImageShape(channels: 1, height: 11, width: 10),
        [
          .convolution(filters: 5, size: 4, stride: 2, padding: .same), .relu,
          .maxPool(size: 2, stride: 2),
          .convolution(filters: 3, size: 3, stride: 1, padding: .same),
          .averagePool(size: 2, stride: 1), .relu, .fullyConnected(outputs: 7), .relu,
          .fullyConnected(outputs: 4),
        ]),
      make(
        ImageShape(channels: 3, height: 9, width: 9),
        [
          .maxPool(size: 3, stride: 2), .fullyConnected(outputs: 6), .relu,
          .convolution(filters: 5, size: 1, stride: 1, padding: .valid), .normalization, .relu,
          .globalAveragePool, .fullyConnected(outputs: 3),
        ]),
      make(
        ImageShape(channels: 2, height: 9, width: 12),
        [.convolution(filters: 3, size: 3, stride: 1, padding: .zeros(1)), .normalization, .relu]
          + TargetLayer.residualStage(blocks: 2, filters: 3, stride: 1)
          + TargetLayer.residualStage(blocks: 1, filters: 7, stride: 2)
          + [
            .residual([
              .convolution(filters: 8, size: 3, stride: 2, padding: .zeros(1)), .normalization,
              .relu, .convolution(filters: 8, size: 3, stride: 2, padding: .zeros(1)),
              .normalization,
            ]), .globalAveragePool, .fullyConnected(outputs: 5),
          ]),
      make(
        ImageShape(channels: 6, height: 1, width: 1),
        [.fullyConnected(outputs: 9), .relu, .fullyConnected(outputs: 2)]),
      make(
        ImageShape(channels: 1, height: 8, width: 8),
        [
          .convolution(filters: 4, size: 3, stride: 1, padding: .same), .tanh,
          .averagePool(size: 2, stride: 2),
          .convolution(filters: 5, size: 3, stride: 1, padding: .same), .tanh,
          .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 6), .leakyReLU(slope: 0.2),
          .fullyConnected(outputs: 5), .tanh, .fullyConnected(outputs: 3),
        ]),
    ]
  }()

  static func random(_ count: Int, stream: Int, deviation: Double = 1) -> SharedBuffer<Float> {
    let buffer = SharedBuffer<Float>(count: count)
    buffer.view.copy(from: TestData.normal(count, deviation: deviation, stream: stream))
    return buffer
  }

  /// Channels of different means and deviations, and the numbers that these make `images` of.
  static func units(_ target: TargetArchitecture, _ images: SharedBuffer<Float>) -> (
    units: DataUnits, inputs: [Float]
  ) {
    let channels = target.input.channels
    let normalization = ChannelNormalization(
      means: (0..<channels).map { 0.5 - Float($0) },
      deviations: (0..<channels).map { 0.25 * Float($0 + 1) })
    let plane = target.input.count / channels
    let inputs = images.view.array.enumerated().map { index, value in
      let channel = index / plane % channels
      return value * normalization.deviations[channel] + normalization.means[channel]
    }
    return (DataUnits(inputs: normalization, areBytes: false), inputs)
  }

  /// Images as a file takes them.
  static func tensor(_ target: TargetArchitecture, _ values: [Float]) -> ONNXRuntime.Tensor {
    let shape = target.input
    let count = values.count / shape.count
    return ONNXRuntime.Tensor(
      shape: shape.isRow
        ? [count, shape.channels] : [count, shape.channels, shape.height, shape.width],
      values: values)
  }

  /// The largest difference, and the largest number it is of.
  static func difference(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> (
    difference: Float, size: Float
  ) {
    zip(a, b).reduce(into: (0, 0)) { most, pair in
      let difference = abs(pair.0 - pair.1)
      most.0 = difference.isNaN ? .infinity : max(most.0, difference)
      most.1 = max(most.1, abs(pair.0))
    }
  }

  @Test(arguments: [1, 3]) func networksAreTheEngines(count: Int) throws {
    let imageCount = 5
    var runs: [(model: [[UInt8]], feeds: [String: ONNXRuntime.Tensor])] = []
    var expected: [[Float]] = []
    for (number, target) in Self.architectures.enumerated() {
      let weights = Self.random(count * target.weightCount, stream: number, deviation: 0.4)
      let statistics = Self.random(count * target.statisticCount, stream: number + 100)
      for index in 0..<statistics.view.count {
        statistics.view[index] = abs(statistics.view[index]) + 0.1
      }
      let images = Self.random(imageCount * target.input.count, stream: number + 200)
      let engine = try InferenceEngine(architecture: target, imageCount: imageCount)
      // (images, networks, classes)
      var logits = [Float](repeating: 0, count: imageCount * count * target.classCount)
      for network in 0..<count {
        engine.loadWeights(
          weights.view.slice(network * target.weightCount, target.weightCount),
          statistics: target.isNormalized
            ? statistics.view.slice(network * target.statisticCount, target.statisticCount) : nil)
        let own = SharedBuffer<Float>(count: imageCount * target.classCount)
        engine.logits(images: images.view, count: imageCount, into: own.view)
        for image in 0..<imageCount {
          for k in 0..<target.classCount {
            logits[(image * count + network) * target.classCount + k] =
              own.view[image * target.classCount + k]
          }
        }
      }
      expected.append(logits)
      // Inputs as a data set has them, and as the engine saw them.
      let (units, inputs) = Self.units(target, images)
      let model = NetworkModel(
        networks: NetworkWeights(target: target, weights: weights, statistics: statistics),
        units: units, about: .test)
      runs.append((model.pieces, ["inputs": Self.tensor(target, inputs)]))
    }
    for (number, outputs) in try ONNXRuntime.outputs(runs).enumerated() {
      let classes = Self.architectures[number].classCount
      let logits = try #require(outputs["logits"])
      #expect(logits.shape == [imageCount, count, classes])
      let (difference, size) = Self.difference(expected[number], logits.values)
      #expect(difference <= 2e-6 * size, "architecture \(number): \(difference) of \(size)")
      try expectProbabilities(outputs, of: expected[number], classes: classes)
    }
  }

  /// Deviations of every logarithm of a variance, beyond the largest exponent too, are the program's.
  @Test func deviationsAreTheLosses() throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 1, width: 1), layers: [.fullyConnected(outputs: 2)],
      loss: .gaussian(.output))
    // The first output is 0.5, the second the input.
    let weights = SharedBuffer<Float>(count: 4)
    weights.view.copy(from: [0, 0.5, 1, 0] as [Float])
    let logarithms: [Float] = [-30, -14, -3, 0, 3, 19.5, 20, 20.5, 25, 40, 88, 1000]
    let model = NetworkModel(
      networks: NetworkWeights(
        target: target, weights: weights, statistics: SharedBuffer(count: 0)),
      units: DataUnits(inputs: nil, areBytes: false), about: .test)
    let outputs = try ONNXRuntime.outputs([
      (model.pieces, ["inputs": Self.tensor(target, logarithms)])
    ])[0]
    let rows = SharedBuffer<Float>(count: 2 * logarithms.count)
    for (row, value) in logarithms.enumerated() { rows.view[2 * row + 1] = value }
    target.loss.state(rows.view, width: 2, into: rows.view)
    for name in ["deviations", "mixture_deviations"] {
      let found = try #require(outputs[name]).values
      for (row, value) in logarithms.enumerated() {
        let expected = rows.view[2 * row + 1]
        #expect(abs(found[row] - expected) <= 1e-5 * expected, "\(name) at \(value): \(found[row])")
      }
    }
  }

  /// Softmax and the mean over networks, in Double.
  private func expectProbabilities(
    _ outputs: [String: ONNXRuntime.Tensor], of logits: [Float], classes: Int
  ) throws {
    let probabilities = try #require(outputs["probabilities"])
    let mean = try #require(outputs["mean_probabilities"])
    let count = probabilities.shape[1]
    var means = [Double](repeating: 0, count: mean.values.count)
    for row in 0..<logits.count / classes {
      let own = (0..<classes).map { Double(logits[row * classes + $0]) }
      let exponentials = own.map { exp($0 - own.max()!) }
      let sum = exponentials.reduce(0, +)
      for k in 0..<classes {
        let probability = exponentials[k] / sum
        #expect(abs(Double(probabilities.values[row * classes + k]) - probability) <= 1e-5)
        means[row / count * classes + k] += probability / Double(count)
      }
    }
    for (a, b) in zip(mean.values, means) { #expect(abs(Double(a) - b) <= 1e-5) }
  }
}
