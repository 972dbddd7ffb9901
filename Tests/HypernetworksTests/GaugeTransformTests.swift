// Gauges as a whole: what each consists of, and gradients' way back.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@Suite struct GaugeTransformTests {
  private func target() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 1, height: 6, width: 6),
      layers: [
        .convolution(filters: 4, size: 3, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 5), .relu,
        .fullyConnected(outputs: 3),
      ])
  }

  private func random(_ count: Int, seed: UInt64) -> AlignedBuffer<Float> {
    let values = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: seed, purpose: .test).fillNormal(values.view)
    return values
  }

  @Test func noGaugeLeavesAllAsItIs() throws {
    let target = try target()
    let transform = GaugeTransform(.none, target: target)
    let trace = transform.trace(vectorCount: 3, threadCount: 2)
    let weights = random(target.weightCount, seed: 1)
    let gradient = random(target.weightCount, seed: 2)
    let before = (weights.view.array, gradient.view.array)
    transform.apply(to: weights.view, trace.place(of: 2, thread: 1))
    transform.backward(gradient.view, weights: weights.view, trace.place(of: 2, thread: 1))
    #expect(weights.view.array == before.0 && gradient.view.array == before.1)
  }

  /// Fixing scales, and then sorting by them.
  @Test func gaugesConsistOfTheirParts() throws {
    let target = try target()
    let weights = random(target.weightCount, seed: 1)
    let fixing = GaugeFixing(target: target)
    let scales = AlignedBuffer<Float>(count: fixing.scaleCount)
    let scaled = AlignedBuffer<Float>(count: weights.count)
    scaled.view.copy(from: weights.view)
    fixing.apply(to: scaled.view, scales: scales.view)
    let permutation = PermutationGauge(target: target)
    let order = AlignedBuffer<Int32>(count: permutation.orderCount)
    let sorted = AlignedBuffer<Float>(count: weights.count)
    permutation.sort(by: scales.view, into: order.view)
    permutation.apply(order.view, to: scaled.view, into: sorted.view)
    #expect(sorted.view.array != scaled.view.array)

    for (gauge, expected) in [
      (Gauge.scale, scaled.view.array), (.scalePermutation, sorted.view.array),
    ] {
      let transform = GaugeTransform(gauge, target: target)
      let fixed = AlignedBuffer<Float>(count: weights.count)
      fixed.view.copy(from: weights.view)
      let trace = transform.trace(vectorCount: 1, threadCount: 1)
      transform.apply(to: fixed.view, trace.place(of: 0))
      #expect(fixed.view.array == expected, "\(gauge)")
    }
  }

  /// Of several vectors on several threads, the traces do not touch each other.
  @Test(arguments: Gauge.allCases) func gradientAgainstCentralDifferences(gauge: Gauge) throws {
    let target = try target()
    let count = target.weightCount
    let transform = GaugeTransform(gauge, target: target)
    let trace = transform.trace(vectorCount: 3, threadCount: 2)
    let raw = (0..<3).map { random(count, seed: UInt64(10 + $0)).view.array }
    let slopes = (0..<3).map { random(count, seed: UInt64(20 + $0)).view.array }
    let fixed = (0..<3).map { _ in SharedBuffer<Float>(count: count) }
    for vector in 0..<3 {
      fixed[vector].view.copy(from: raw[vector])
      transform.apply(to: fixed[vector].view, trace.place(of: vector, thread: vector % 2))
    }

    let scratch = AlignedBuffer<Float>(count: count)
    let other = transform.trace(vectorCount: 1, threadCount: 1)
    func value(_ weights: [Float], _ slopes: [Float]) -> Double {
      scratch.view.copy(from: weights)
      transform.apply(to: scratch.view, other.place(of: 0))
      return (0..<count).reduce(0) { $0 + Double(scratch[$1]) * Double(slopes[$1]) }
    }
    for vector in 0..<3 {
      let gradient = AlignedBuffer<Float>(count: count)
      gradient.view.copy(from: slopes[vector])
      transform.backward(
        gradient.view, weights: fixed[vector].view,
        trace.place(of: vector, thread: (vector + 1) % 2))
      for index in stride(from: 0, to: count, by: 5) {
        var point = raw[vector]
        point[index] = raw[vector][index] + 1e-3
        let up = value(point, slopes[vector])
        point[index] = raw[vector][index] - 1e-3
        let numeric = (up - value(point, slopes[vector])) / 2e-3
        #expect(
          abs(Double(gradient[index]) - numeric) <= 0.01 + 0.01 * abs(numeric),
          "\(gauge), vector \(vector), element \(index): \(gradient[index]), numerically \(numeric)"
        )
      }
    }
  }
}
