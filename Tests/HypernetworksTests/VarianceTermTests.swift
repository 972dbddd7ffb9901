// The variance and its gradient against their formula.

import Host
import Hypernetworks
import Numerics
import TestSupport
import Testing

@Suite struct VarianceTermTests {
  @Test func valueAndGradient() throws {
    let (samples, weights) = (12, 130)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 9, purpose: .test).fillNormal(theta.view)
    let gradient = AlignedBuffer<Float>(count: theta.count)
    let term = VarianceTerm(
      plan: try ShardPlan(sampleCount: samples, shardCount: 4, rankCount: 1),
      communicator: .alone, weightCount: weights, pool: WorkerPool(threadCount: 1),
      clock: PhaseClock())
    let loss = try term.run(theta.view, addingTo: gradient.view)
    func value(_ point: [Double]) -> Double {
      var sum = 0.0
      for k in 0..<weights {
        let column = (0..<samples).map { point[$0 * weights + k] }
        let mean = column.reduce(0, +) / Double(samples)
        sum += column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples)
      }
      return -sum / Double(weights)
    }
    let exact = theta.view.array.map(Double.init)
    #expect(abs(loss - value(exact)) <= 1e-6)
    for index in stride(from: 0, to: exact.count, by: 31) {
      let numeric = CentralDifference.slope(at: exact, index, step: 1e-4, of: value)
      #expect(abs(Double(gradient[index]) - numeric) <= 1e-7)
    }
  }
}
