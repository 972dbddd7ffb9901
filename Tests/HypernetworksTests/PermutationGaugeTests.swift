// Sorting filters keeps what a network computes, and makes equivalent networks the same.

import Hypernetworks
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct PermutationGaugeTests {
  private func target() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 8, width: 8),
      layers: [
        .convolution(filters: 5, size: 3, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2),
        .convolution(filters: 4, size: 3, stride: 1, padding: .valid), .relu,
        .fullyConnected(outputs: 6), .relu, .fullyConnected(outputs: 3),
      ])
  }

  /// Scale and order fixed; the order too.
  private func fixed(_ weights: FloatView, _ target: TargetArchitecture) -> (
    theta: [Float], scales: [Float], order: [Int32]
  ) {
    let (gauge, permutation) = (GaugeFixing(target: target), PermutationGauge(target: target))
    let scales = AlignedBuffer<Float>(count: gauge.scaleCount)
    let order = AlignedBuffer<Int32>(count: permutation.orderCount)
    let scaled = AlignedBuffer<Float>(count: weights.count)
    let sorted = AlignedBuffer<Float>(count: weights.count)
    scaled.view.copy(from: weights)
    gauge.apply(to: scaled.view, scales: scales.view)
    permutation.sort(by: scales.view, into: order.view)
    permutation.apply(order.view, to: scaled.view, into: sorted.view)
    return (sorted.view.array, scales.view.array, order.view.array)
  }

  private func randomWeights(_ target: TargetArchitecture, seed: UInt64) -> AlignedBuffer<Float> {
    let weights = AlignedBuffer<Float>(count: target.weightCount)
    CounterRandom(seed: seed, purpose: .test).fillNormal(weights.view)
    return weights
  }

  @Test func softmaxStaysTheSame() throws {
    let target = try target()
    let weights = randomWeights(target, seed: 1)
    let images = AlignedBuffer<Float>(count: 5 * target.input.count)
    CounterRandom(seed: 2, purpose: .test).fillUniform(images.view, low: 0, high: 1)
    let engine = try InferenceEngine(architecture: target, imageCount: 5)
    func probabilities(_ weights: FloatView) -> [Float] {
      let outputs = AlignedBuffer<Float>(count: 15)
      engine.loadWeights(weights)
      engine.logits(images: images.view, count: 5, into: outputs.view)
      SoftmaxCrossEntropy.probabilities(
        logits: outputs.view, classCount: 3, into: outputs.view)
      return outputs.view.array
    }
    let before = probabilities(weights.view)
    let (theta, _, order) = fixed(weights.view, target)
    let sorted = AlignedBuffer<Float>(count: theta.count)
    sorted.view.copy(from: theta)
    #expect(order.prefix(5).sorted() == [0, 1, 2, 3, 4])
    #expect(order.prefix(5) != [0, 1, 2, 3, 4])
    for (old, new) in zip(before, probabilities(sorted.view)) { #expect(abs(old - new) <= 2e-5) }
  }

  /// Networks that differ in the order of their filters alone become the same weights, up to the
  /// rounding of sums over channels.
  @Test func equivalentNetworksBecomeTheSame() throws {
    let target = try target()
    let weights = randomWeights(target, seed: 3)
    let permutation = PermutationGauge(target: target)
    let shuffle = AlignedBuffer<Int32>(count: permutation.orderCount)
    shuffle.view.copy(from: [3, 1, 4, 0, 2, 2, 0, 3, 1, 5, 4, 3, 2, 1, 0])
    let shuffled = AlignedBuffer<Float>(count: weights.count)
    permutation.apply(shuffle.view, to: weights.view, into: shuffled.view)
    #expect(shuffled.view.array != weights.view.array)
    for (one, other) in zip(
      fixed(weights.view, target).theta, fixed(shuffled.view, target).theta)
    {
      #expect(abs(one - other) <= 1e-5 * (1 + abs(one)))
    }
    let back = AlignedBuffer<Float>(count: weights.count)
    permutation.undo(shuffle.view, from: shuffled.view, into: back.view)
    #expect(back.view.array == weights.view.array)
  }

  @Test func filtersAreSortedAndEqualsStay() throws {
    let target = try target()
    let permutation = PermutationGauge(target: target)
    let scales = AlignedBuffer<Float>(count: permutation.orderCount)
    scales.view.copy(from: [2, 1, 2, 1, 0.5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1])
    let order = AlignedBuffer<Int32>(count: permutation.orderCount)
    permutation.sort(by: scales.view, into: order.view)
    #expect(order.view.array == [4, 1, 3, 0, 2, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5])
    let weights = randomWeights(target, seed: 5)
    let (_, norms, places) = fixed(weights.view, target)
    for (first, count) in [(0, 5), (5, 4), (9, 6)] {
      let sorted = places[first..<first + count].map { norms[first + Int($0)] }
      #expect(sorted == sorted.sorted())
    }
  }

  /// The whole map's gradient, against central differences of a linear function of its result.
  @Test func gradientAgainstCentralDifferences() throws {
    let target = try target()
    let (gauge, permutation) = (GaugeFixing(target: target), PermutationGauge(target: target))
    let weights = randomWeights(target, seed: 6)
    let slopes = randomWeights(target, seed: 7)
    let (_, scales, order) = fixed(weights.view, target)
    let orderBuffer = AlignedBuffer<Int32>(count: order.count)
    orderBuffer.view.copy(from: order)
    let scaleBuffer = AlignedBuffer<Float>(count: scales.count)
    scaleBuffer.view.copy(from: scales)
    let scaled = AlignedBuffer<Float>(count: weights.count)
    scaled.view.copy(from: weights.view)
    gauge.apply(to: scaled.view, scales: scaleBuffer.view)
    let gradient = AlignedBuffer<Float>(count: weights.count)
    permutation.undo(orderBuffer.view, from: slopes.view, into: gradient.view)
    let scratch = AlignedBuffer<Float>(count: scales.count)
    gauge.backward(
      gradient.view, weights: scaled.view, scales: scaleBuffer.view, scaleGradients: scratch.view)
    func value() -> Double {
      zip(fixed(weights.view, target).theta, slopes.view.array).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    let size = (VectorMath.sumOfSquares(gradient.view) / Float(gradient.count)).squareRoot()
    for index in stride(from: 0, to: weights.count, by: 5) {
      let held = weights[index]
      let numeric = CentralDifference.slope(step: 1e-3) { move in
        weights[index] = held + Float(move)
        return value()
      }
      weights[index] = held
      #expect(
        abs(Double(gradient[index]) - numeric) <= 0.02 * (abs(numeric) + Double(size)),
        "weight \(index): \(gradient[index]), numerically \(numeric)")
    }
  }
}
