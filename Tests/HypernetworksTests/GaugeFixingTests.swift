// Dividing by scales keeps what a network computes; its gradient numerically.

import Hypernetworks
import Numerics
import TargetNetworks
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct GaugeFixingTests {
  private func target(pooling: TargetLayer) throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 8, width: 8),
      layers: [
        .convolution(filters: 5, size: 3, stride: 1, padding: .same), .relu, pooling,
        .convolution(filters: 4, size: 3, stride: 1, padding: .valid), .relu,
        .fullyConnected(outputs: 6), .relu, .fullyConnected(outputs: 3),
      ])
  }

  private func randomWeights(_ count: Int, seed: UInt64) -> AlignedBuffer<Float> {
    let weights = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: seed, purpose: .test).fillNormal(weights.view)
    return weights
  }

  @Test(arguments: [TargetLayer.maxPool(size: 2, stride: 2), .averagePool(size: 2, stride: 2)])
  func softmaxStaysTheSame(pooling: TargetLayer) throws {
    let target = try target(pooling: pooling)
    let gauge = GaugeFixing(target: target)
    let weights = randomWeights(target.weightCount, seed: 1)
    let images = AlignedBuffer<Float>(count: 5 * target.input.count)
    CounterRandom(seed: 2, purpose: .test).fillUniform(images.view, low: 0, high: 1)
    let engine = try InferenceEngine(architecture: target, imageCount: 5)
    func probabilities() -> [Double] {
      let logits = AlignedBuffer<Float>(count: 5 * 3)
      engine.loadWeights(weights.view)
      engine.logits(images: images.view, count: 5, into: logits.view)
      return (0..<5).flatMap { row in
        let values = logits.view.slice(row * 3, 3).array.map(Double.init)
        let total = values.map { exp($0 - values.max()!) }.reduce(0, +)
        return values.map { exp($0 - values.max()!) / total }
      }
    }
    let before = probabilities()
    let scales = AlignedBuffer<Float>(count: gauge.scaleCount)
    gauge.apply(to: weights.view, scales: scales.view)
    let after = probabilities()
    for (old, new) in zip(before, after) { #expect(abs(old - new) <= 2e-5) }
    // And the gauge is fixed: unit mean square of every filter but the last layer's, biases sum to 0.
    for block in target.blocks.dropLast() {
      for filter in 0..<block.filterCount {
        let values = weights.view.slice(
          block.offset + filter * block.filterSize, block.filterSize)
        #expect(
          abs(VectorMath.sumOfSquares(values) / Float(block.filterSize) - 1) <= 1e-5)
      }
    }
    let last = target.blocks.last!
    let biases = (0..<last.filterCount).map {
      weights[last.offset + $0 * last.filterSize + last.kernelCount]
    }
    #expect(abs(biases.reduce(0, +)) <= 1e-4)
  }

  /// The formula in double precision, for numerical derivatives.
  private func exact(_ target: TargetArchitecture, _ raw: [Double]) -> [Double] {
    var w = raw
    var previous: [Double] = []
    for (index, block) in target.blocks.enumerated() {
      var scales: [Double] = []
      for filter in 0..<block.filterCount {
        let base = block.offset + filter * block.filterSize
        if index > 0 {
          for k in 0..<block.kernelCount { w[base + k] *= previous[k / block.elementsPerChannel] }
        }
        if index < target.blocks.count - 1 {
          var square = 0.0
          for k in 0..<block.filterSize { square += w[base + k] * w[base + k] }
          let s = (square / Double(block.filterSize) + 1e-8).squareRoot()
          for k in 0..<block.filterSize { w[base + k] /= s }
          scales.append(s)
        }
      }
      previous = scales
    }
    let last = target.blocks.last!
    let slots = (0..<last.filterCount).map {
      last.offset + $0 * last.filterSize + last.kernelCount
    }
    let mean = slots.map { w[$0] }.reduce(0, +) / Double(slots.count)
    for slot in slots { w[slot] -= mean }
    return w
  }

  @Test func valueAndGradientAgainstDoublePrecision() throws {
    let target = try target(pooling: .maxPool(size: 2, stride: 2))
    let gauge = GaugeFixing(target: target)
    let weights = randomWeights(target.weightCount, seed: 3)
    let raw = weights.view.array.map(Double.init)
    let scales = AlignedBuffer<Float>(count: gauge.scaleCount)
    gauge.apply(to: weights.view, scales: scales.view)
    for (expected, index) in zip(exact(target, raw), 0...) {
      #expect(abs(Double(weights[index]) - expected) <= 1e-5 * (1 + abs(expected)))
    }
    let gradient = randomWeights(target.weightCount, seed: 4)
    let slopes = gradient.view.array.map(Double.init)
    let scratch = AlignedBuffer<Float>(count: gauge.scaleCount)
    gauge.backward(
      gradient.view, weights: weights.view, scales: scales.view, scaleGradients: scratch.view)
    func value(_ point: [Double]) -> Double {
      zip(exact(target, point), slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for index in raw.indices {
      let numeric = CentralDifference.slope(at: raw, index, step: 1e-6, of: value)
      #expect(
        abs(Double(gradient[index]) - numeric) <= 1e-4 + 1e-4 * abs(numeric),
        "weight \(index): \(gradient[index]), numerically \(numeric)")
    }
  }

  /// A residual network: its logits, with the images' own statistics, stay the same; inner channels'
  /// scale and shift have unit mean square, kernels too; what is on the residual stream stays.
  @Test func normalizedNetworks() throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 9, width: 8),
      layers: TargetLayer.residualNetwork(blocksPerStage: 2, width: 5, classCount: 4))
    let gauge = GaugeFixing(target: target)
    let weights = randomWeights(target.weightCount, seed: 5)
    let raw = weights.view.array
    let images = AlignedBuffer<Float>(count: 6 * target.input.count)
    CounterRandom(seed: 6, purpose: .test).fillUniform(images.view, low: 0, high: 1)
    let before = try logits(target, weights.view, images.view, count: 6)
    let scales = AlignedBuffer<Float>(count: gauge.scaleCount)
    gauge.apply(to: weights.view, scales: scales.view)
    let after = try logits(target, weights.view, images.view, count: 6)
    let spread = before.map { abs($0) }.max()!
    for (row, (old, new)) in zip(before, after).enumerated() {
      // The last biases' mean is taken from all logits of an image.
      let shift = (row / 4 * 4..<row / 4 * 4 + 4).map { before[$0] - after[$0] }.reduce(0, +) / 4
      #expect(abs(old - new - shift) <= 1e-4 * spread)
    }
    for block in target.blocks where block.isNormalized {
      for filter in 0..<block.filterCount {
        let start = block.offset + filter * block.filterSize
        let kernel = weights.view.slice(start, block.kernelCount)
        let pair = weights.view.slice(start + block.kernelCount, 2)
        #expect(abs(VectorMath.sumOfSquares(kernel) / Float(kernel.count) - 1) <= 1e-5)
        if block.consumer == nil {
          #expect(pair.array == Array(raw[start + block.kernelCount..<start + block.filterSize]))
        } else {
          #expect(abs(VectorMath.sumOfSquares(pair) - 2) <= 1e-4)
        }
      }
    }
  }

  /// Logits with the statistics of the images themselves.
  private func logits(
    _ target: TargetArchitecture, _ weights: FloatView, _ images: FloatView, count: Int
  ) throws -> [Double] {
    let measuring = try StatisticsEngine(architecture: target, imageCount: count)
    let sums = AlignedBuffer<Double>(count: target.statisticCount)
    let statistics = AlignedBuffer<Float>(count: target.statisticCount)
    measuring.loadWeights(weights)
    measuring.addMoments(images: images, to: sums.view)
    TargetStatistics.take(sums.view, batches: 1, architecture: target, into: statistics.view)
    let engine = try InferenceEngine(architecture: target, imageCount: count)
    let logits = AlignedBuffer<Float>(count: count * target.classCount)
    engine.loadWeights(weights, statistics: statistics.view)
    engine.logits(images: images, count: count, into: logits.view)
    return logits.view.array.map { Double($0) }
  }
}
