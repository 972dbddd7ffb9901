// Factors against their formula in double precision; what a network does not use does not count.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@Suite struct FunctionWeightingTests {
  static func chain() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 8, width: 8),
      layers: [
        .convolution(filters: 5, size: 3, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2),
        .convolution(filters: 4, size: 3, stride: 1, padding: .valid), .relu,
        .fullyConnected(outputs: 6), .relu, .fullyConnected(outputs: 3),
      ])
  }

  static func residual() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 8, width: 8),
      layers: TargetLayer.residualNetwork(blocksPerStage: 1, width: 3, classCount: 4))
  }

  static let targets: [@Sendable () throws -> TargetArchitecture] = [chain, residual]

  static func networks(_ count: Int, of target: TargetArchitecture, seed: UInt64 = 1)
    -> AlignedBuffer<Float>
  {
    let weights = AlignedBuffer<Float>(count: count * target.weightCount)
    CounterRandom(seed: seed, purpose: .test).fillNormal(weights.view)
    let gauge = GaugeTransform(.scale, target: target)
    let trace = gauge.trace(vectorCount: count, threadCount: 1)
    for network in 0..<count {
      gauge.apply(
        to: weights.view.slice(network * target.weightCount, target.weightCount),
        trace.place(of: network))
    }
    return weights
  }

  /// The factor of every weight, by the formula: each element's own sum over all that reads it.
  static func naive(_ w: [Double], _ target: TargetArchitecture, _ metric: DistanceMetric)
    -> [Double]
  {
    var f = [Double](repeating: .nan, count: w.count)
    for block in target.blocks.reversed() {
      let share = Double(w.count) / Double(target.blocks.count) / Double(block.count)
      let m = metric == .l1 ? share : share.squareRoot()
      func at(_ filter: Int, _ place: Int) -> Int {
        block.offset + filter * block.filterSize + place
      }
      let outgoing = (0..<block.filterCount).map { filter -> Double in
        guard let reader = block.consumer.map({ target.blocks[$0] }) else { return 1 }
        var sum = 0.0
        for index in reader.range {
          let place = (index - reader.offset) % reader.filterSize
          if place < reader.kernelCount && place / reader.elementsPerChannel == filter {
            sum += (f[index] * w[index]) * (f[index] * w[index])
          }
        }
        return sum.squareRoot()
      }
      func fill(_ places: Range<Int>, _ raw: (Int) -> Double) {
        let all = (0..<block.filterCount).flatMap { filter in
          places.map { raw(filter) * w[at(filter, $0)] }
        }
        let root = (all.reduce(0) { $0 + $1 * $1 } / Double(all.count)).squareRoot()
        for filter in 0..<block.filterCount {
          for place in places { f[at(filter, place)] = m * raw(filter) / root }
        }
      }
      for place in block.kernelCount..<block.filterSize {
        fill(place..<place + 1) { outgoing[$0] }
      }
      fill(0..<block.kernelCount) { filter in
        outgoing[filter] * (block.isNormalized ? abs(w[at(filter, block.kernelCount)]) : 1)
      }
    }
    return f
  }

  private func weighed(
    _ weights: FloatView, _ target: TargetArchitecture, _ metric: DistanceMetric
  ) -> [Float] {
    let weighting = FunctionWeighting(target: target, metric: metric)
    let factors = AlignedBuffer<Float>(count: weighting.factorCount)
    weighting.measure(weights, into: factors.view)
    let copy = AlignedBuffer<Float>(count: weights.count)
    copy.view.copy(from: weights)
    weighting.apply(factors.view, to: copy.view)
    return copy.view.array
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) }
  }

  @Test(arguments: DistanceMetric.allCases, [0, 1])
  func againstTheFormula(metric: DistanceMetric, kind: Int) throws {
    let target = try Self.targets[kind]()
    let weights = Self.networks(1, of: target)
    let exact = weights.view.array.map(Double.init)
    let expected = zip(exact, Self.naive(exact, target, metric)).map { $0 * $1 }
    let found = weighed(weights.view, target, metric)
    for index in expected.indices {
      #expect(
        abs(Double(found[index]) - expected[index]) <= 2e-5 * (1 + abs(expected[index])),
        "element \(index)")
    }
  }

  /// A filter that the next layer cancels, and one whose only reader is canceled, may be anything.
  @Test func canceledFiltersDoNotCount() throws {
    let target = try Self.chain()
    let weights = Self.networks(2, of: target)
    let count = target.weightCount
    let (one, other) = (weights.view.slice(0, count), weights.view.slice(count, count))
    for network in [one, other] {
      func kernel(_ layer: Int, _ filter: Int, _ channel: Int) -> FloatView {
        let block = target.blocks[layer]
        return network.slice(
          block.offset + filter * block.filterSize + channel * block.elementsPerChannel,
          block.elementsPerChannel)
      }
      for reader in 0..<6 { kernel(2, reader, 1).fill(0) }
      for reader in 0..<4 where reader != 1 { kernel(1, reader, 3).fill(0) }
    }
    // All else of the second network is the first's.
    let free: [(layer: Int, filter: Int)] = [(1, 1), (0, 3)]
    let kept = other.array
    other.copy(from: one)
    var freed: Float = 0
    for (layer, filter) in free {
      let block = target.blocks[layer]
      let range =
        block.offset + filter * block.filterSize..<block.offset + (filter + 1) * block.filterSize
      for index in range {
        other[index] = kept[index]
        freed += abs(kept[index] - one[index])
      }
    }
    #expect(abs(distance(one.array, other.array) - freed) <= 1e-4 && freed > 10)
    for metric in DistanceMetric.allCases {
      #expect(distance(weighed(one, target, metric), weighed(other, target, metric)) == 0)
    }
    // With the least of it read, it counts.
    let block = target.blocks[2]
    for network in [one, other] { network[block.offset + block.elementsPerChannel] = 0.1 }
    #expect(distance(weighed(one, target, .l1), weighed(other, target, .l1)) > 0.01)
  }

  /// Layers' parts of a distance are alike where their weights differ alike, whatever their widths and the
  /// logits' scale.
  @Test(arguments: DistanceMetric.allCases, [0, 1])
  func layersCountAlike(metric: DistanceMetric, kind: Int) throws {
    let target = try Self.targets[kind]()
    let weights = Self.networks(2, of: target)
    let count = target.weightCount
    for network in 0..<2 {
      VectorMath.scale(
        weights.view.slice(network * count + target.blocks.last!.offset, target.blocks.last!.count),
        by: 1e-3)
    }
    let a = weighed(weights.view.slice(0, count), target, metric)
    let b = weighed(weights.view.slice(count, count), target, metric)
    let parts = target.blocks.map { block in
      block.range.reduce(0.0) { sum, index in
        let difference = Double(abs(a[index] - b[index]))
        return sum + (metric == .l1 ? difference : difference * difference)
      }
    }
    let mean = parts.reduce(0, +) / Double(parts.count)
    for part in parts { #expect(abs(part / mean - 1) <= 0.4) }
    // As large as if nothing were weighed: normal numbers differ by 2 / sqrt(pi), their squares by 2.
    let expected = Double(count) * (metric == .l1 ? 1.128 : 2)
    #expect(abs(parts.reduce(0, +) / expected - 1) <= 0.2)
  }

  @Test func nothingButZerosStaysZero() throws {
    let target = try Self.chain()
    let weights = AlignedBuffer<Float>(count: target.weightCount)
    #expect(weighed(weights.view, target, .l1).allSatisfy { $0 == 0 })
    weights[7] = .nan
    #expect(weighed(weights.view, target, .l1)[7].isNaN)
  }
}
