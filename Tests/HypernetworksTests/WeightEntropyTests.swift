// The entropy of weighed weights and its gradient, the factors being constants, against formulas in double precision.

import Host
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@testable import Hypernetworks

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct WeightEntropyTests {
  private static let samples = 8

  private func entropy(
    _ target: TargetArchitecture, _ settings: ObjectiveSettings, exchange: Exchange,
    threads: Int = 1, isMeasuredOnly: Bool = false
  ) throws -> WeightEntropy {
    let pool = WorkerPool(threadCount: threads) { LibraryThreads.useOne() }
    return WeightEntropy(
      EntropyTerm(
        plan: try ShardPlan(sampleCount: Self.samples, shardCount: 4, rankCount: 1),
        communicator: .alone, latentSize: 7, weightCount: target.weightCount,
        metric: settings.metric, exchange: exchange, pool: pool, clock: PhaseClock()),
      settings: settings, target: target, sampleCount: Self.samples,
      isMeasuredOnly: isMeasuredOnly, pool: pool)
  }

  /// The estimate of vectors theta * factors.
  private func naive(_ theta: [Double], _ factors: [Double], _ metric: DistanceMetric) -> Double {
    let count = theta.count / Self.samples
    let w = zip(theta, factors).map { $0 * $1 }
    var sum = 0.0
    for i in 0..<Self.samples {
      let distances = (0..<Self.samples).filter { $0 != i }.map { j in
        let differences = (0..<count).map { abs(w[i * count + $0] - w[j * count + $0]) }
        return metric == .l1
          ? differences.reduce(0, +) : differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      sum += log(distances.min()! + 1e-8)
    }
    return Statistics.digamma(Self.samples) + 7 / Double(Self.samples) * sum
  }

  @Test(arguments: DistanceMetric.allCases, [0, 1])
  func valueAndGradientAgainstNaive(metric: DistanceMetric, kind: Int) throws {
    let target = try FunctionWeightingTests.targets[kind]()
    let settings = ObjectiveSettings(metric: metric, weighting: .function)
    let weights = FunctionWeightingTests.networks(Self.samples, of: target)
    let before = weights.view.array
    let gradient = AlignedBuffer<Float>(count: weights.count)
    gradient.view.fill(0.25)  // the term adds to what is there
    let entropy = try entropy(target, settings, exchange: .sliced)
    var report = DiversityReport()
    for round in 1...2 {
      gradient.view.fill(0.25)
      try entropy.start(weights.view, step: round)
      report = try entropy.finish(addingTo: gradient.view)
    }
    #expect(weights.view.array == before)

    let exact = before.map(Double.init)
    let count = target.weightCount
    let factors = (0..<Self.samples).flatMap {
      FunctionWeightingTests.naive(Array(exact[$0 * count..<($0 + 1) * count]), target, metric)
    }
    #expect(abs(report.entropy - naive(exact, factors, metric)) <= 1e-4)
    var largest = 0.0
    for index in stride(from: 0, to: exact.count, by: 211) {
      let numeric = -CentralDifference.slope(at: exact, index, step: 1e-6) {
        naive($0, factors, metric)
      }
      largest = max(largest, abs(numeric))
      #expect(
        abs(Double(gradient[index]) - 0.25 - numeric) <= 1e-5 + 1e-3 * abs(numeric),
        "element \(index): \(gradient[index] - 0.25), numerically \(numeric)")
    }
    #expect(largest > 1e-3)
  }

  @Test func exchangesAndThreadsGiveTheSameBits() throws {
    let target = try FunctionWeightingTests.chain()
    let settings = ObjectiveSettings(weighting: .function)
    let weights = FunctionWeightingTests.networks(Self.samples, of: target)
    var results: [(Double, [Float])] = []
    for (exchange, threads) in [(Exchange.allgather, 1), (.sliced, 1), (.sliced, 3)] {
      let gradient = AlignedBuffer<Float>(count: weights.count)
      let entropy = try entropy(target, settings, exchange: exchange, threads: threads)
      try entropy.start(weights.view, step: 1)
      results.append((try entropy.finish(addingTo: gradient.view).entropy, gradient.view.array))
      let measured = try self.entropy(
        target, settings, exchange: exchange, threads: threads, isMeasuredOnly: true)
      try measured.start(weights.view, step: 1)
      #expect(try measured.finish(addingTo: nil).entropy == results.last!.0)
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
    let plain = try entropy(target, ObjectiveSettings(), exchange: .allgather)
    try plain.start(weights.view, step: 1)
    #expect(try plain.finish(addingTo: nil).entropy != results[0].0)
  }
}
