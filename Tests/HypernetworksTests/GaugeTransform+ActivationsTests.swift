// Each activation with the gauges that it allows.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@Suite struct GaugeTransformActivationsTests {
  enum Network: CaseIterable {
    case leakyReLU, tanh, tanhOfFeatures, tanhBehindMaxPooling, mixed

    func target() throws -> TargetArchitecture {
      let image = ImageShape(channels: 2, height: 8, width: 8)
      let leaky = TargetLayer.leakyReLU(slope: 0.2)
      func network(_ layers: [TargetLayer]) throws -> TargetArchitecture {
        try TargetArchitecture(
          input: self == .tanhOfFeatures ? ImageShape(channels: 7, height: 1, width: 1) : image,
          layers: layers)
      }
      func convolution(_ filters: Int) -> TargetLayer {
        .convolution(filters: filters, size: 3, stride: 1, padding: .same)
      }
      switch self {
      case .leakyReLU:
        return try network([
          convolution(5), leaky, .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 6), leaky,
          .fullyConnected(outputs: 3),
        ])
      case .tanh:
        return try network([
          convolution(5), .tanh, .averagePool(size: 2, stride: 2), .fullyConnected(outputs: 6),
          .tanh, .fullyConnected(outputs: 3),
        ])
      case .tanhOfFeatures:
        return try network([
          .fullyConnected(outputs: 8), .tanh, .fullyConnected(outputs: 6), .tanh,
          .fullyConnected(outputs: 3),
        ])
      case .tanhBehindMaxPooling:
        return try network([
          convolution(5), .maxPool(size: 2, stride: 2), .tanh, .fullyConnected(outputs: 6), .tanh,
          .fullyConnected(outputs: 3),
        ])
      case .mixed:
        return try network([
          convolution(5), .tanh, .relu, .fullyConnected(outputs: 6), leaky,
          .fullyConnected(outputs: 5), .tanh, .fullyConnected(outputs: 3),
        ])
      }
    }
  }

  private func random(_ count: Int, seed: UInt64) -> AlignedBuffer<Float> {
    let values = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: seed, purpose: .test).fillNormal(values.view)
    VectorMath.scale(values.view, by: 0.4)
    return values
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    let values = random(count, seed: seed)
    return values.view.array
  }

  private func fixed(_ weights: FloatView, _ gauge: Gauge, _ target: TargetArchitecture) -> [Float]
  {
    let transform = GaugeTransform(gauge, target: target)
    let result = AlignedBuffer<Float>(count: weights.count)
    result.view.copy(from: weights)
    let trace = transform.trace(vectorCount: 1, threadCount: 1)
    transform.apply(to: result.view, trace.place(of: 0))
    return result.view.array
  }

  private func probabilities(_ weights: [Float], _ target: TargetArchitecture) throws -> [Float] {
    let images = random(5 * target.input.count, seed: 2)
    let outputs = AlignedBuffer<Float>(count: 15)
    let flat = AlignedBuffer<Float>(count: weights.count)
    flat.view.copy(from: weights)
    let engine = try InferenceEngine(architecture: target, imageCount: 5)
    engine.loadWeights(flat.view)
    engine.logits(images: images.view, count: 5, into: outputs.view)
    SoftmaxCrossEntropy.probabilities(logits: outputs.view, classCount: 3, into: outputs.view)
    return outputs.view.array
  }

  private func filter(_ index: Int, of block: TargetArchitecture.Block, _ weights: [Float])
    -> ArraySlice<Float>
  {
    let start = block.offset + index * block.filterSize
    return weights[start..<start + block.filterSize]
  }

  @Test(arguments: Network.allCases, Gauge.allCases)
  func softmaxStaysTheSame(network: Network, gauge: Gauge) throws {
    let target = try network.target()
    let weights = random(target.weightCount, seed: 1)
    let before = try probabilities(weights.view.array, target)
    let after = try probabilities(fixed(weights.view, gauge, target), target)
    for (old, new) in zip(before, after) { #expect(abs(old - new) <= 2e-5) }
    #expect(Set(before.map { ($0 * 1000).rounded() }).count > 5)
  }

  /// Filters with (leaky) ReLU behind have unit mean square, those with tanh stay as they were: a factor would change the
  /// network.
  @Test(arguments: Network.allCases) func scaleIsFixedWhereItIsFree(network: Network) throws {
    let target = try network.target()
    let weights = random(target.weightCount, seed: 1)
    let found = fixed(weights.view, .scale, target)
    for block in target.blocks.dropLast() {
      let below = target.blocks[..<target.blocks.firstIndex(of: block)!]
      for index in 0..<block.filterCount {
        let own = filter(index, of: block, found)
        if block.commutesWithScale {
          #expect(abs(own.reduce(0) { $0 + $1 * $1 } / Float(own.count) - 1) <= 1e-5)
        } else if below.allSatisfy({ !$0.commutesWithScale }) {
          #expect(own == filter(index, of: block, weights.view.array))
        }
      }
    }
  }

  /// Filters in another order and of other signs become the same weights.
  @Test(arguments: [Network.tanh, .tanhOfFeatures]) func equivalentNetworksBecomeTheSame(
    network: Network
  ) throws {
    let target = try network.target()
    let weights = numbers(target.weightCount, seed: 3)
    let other = AlignedBuffer<Float>(count: weights.count)
    other.view.copy(from: weights)
    // In each hidden layer the first two filters change places, and the second of them its sign.
    for (block, next) in zip(target.blocks, target.blocks.dropFirst()) {
      func swap(_ first: Int, _ second: Int, _ count: Int) {
        for k in 0..<count {
          (other[first + k], other[second + k]) = (-other[second + k], other[first + k])
        }
      }
      swap(block.offset, block.offset + block.filterSize, block.filterSize)
      for filter in 0..<next.filterCount {
        let start = next.offset + filter * next.filterSize
        swap(start, start + next.elementsPerChannel, next.elementsPerChannel)
      }
    }
    let own = fixed(other.view, .scalePermutation, target)
    for (one, expected) in zip(
      try probabilities(other.view.array, target), try probabilities(weights, target))
    {
      #expect(abs(one - expected) <= 2e-5)
    }
    let start = AlignedBuffer<Float>(count: weights.count)
    start.view.copy(from: weights)
    #expect(own == fixed(start.view, .scalePermutation, target))
    #expect(own != weights)
    for block in target.blocks.dropLast() {
      let filters = (0..<block.filterCount).map { filter($0, of: block, own) }
      #expect(filters.allSatisfy { $0.reduce(0, +) >= 0 })
      let squares = filters.map { $0.reduce(0) { $0 + $1 * $1 } }
      #expect(squares == squares.sorted())
    }
  }

  /// Max pooling takes the largest, which is another number of the opposite sign: signs stay.
  @Test func signsStayBehindMaxPooling() throws {
    let target = try Network.tanhBehindMaxPooling.target()
    #expect(!target.blocks[0].commutesWithSign && target.blocks[1].commutesWithSign)
    let weights = random(target.weightCount, seed: 1)
    let found = fixed(weights.view, .scalePermutation, target)
    let sums = (0..<5).map { filter($0, of: target.blocks[0], found).reduce(0, +) }
    #expect(sums.contains { $0 < 0 })
  }

  @Test(arguments: Network.allCases, Gauge.allCases)
  func gradientAgainstCentralDifferences(network: Network, gauge: Gauge) throws {
    let target = try network.target()
    let count = target.weightCount
    let transform = GaugeTransform(gauge, target: target)
    let other = transform.trace(vectorCount: 1, threadCount: 1)
    let trace = transform.trace(vectorCount: 1, threadCount: 1)
    let (raw, slopes) = (
      numbers(count, seed: 10), numbers(count, seed: 20)
    )
    let weights = AlignedBuffer<Float>(count: count)
    let gradient = AlignedBuffer<Float>(count: count)
    weights.view.copy(from: raw)
    gradient.view.copy(from: slopes)
    transform.apply(to: weights.view, trace.place(of: 0))
    transform.backward(gradient.view, weights: weights.view, trace.place(of: 0))
    let scratch = AlignedBuffer<Float>(count: count)
    func value(_ index: Int, _ step: Float) -> Double {
      scratch.view.copy(from: raw)
      scratch[index] += step
      transform.apply(to: scratch.view, other.place(of: 0))
      return (0..<count).reduce(0) { $0 + Double(scratch[$1]) * Double(slopes[$1]) }
    }
    for index in stride(from: 0, to: count, by: 7) {
      let numeric = (value(index, 1e-3) - value(index, -1e-3)) / 2e-3
      #expect(
        abs(Double(gradient[index]) - numeric) <= 0.01 + 0.01 * abs(numeric),
        "\(network), \(gauge), element \(index): \(gradient[index]), numerically \(numeric)")
    }
  }
}
