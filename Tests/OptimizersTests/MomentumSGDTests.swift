// Updates against their formula.

import Host
import Numerics
import Optimizers
import TestSupport
import Testing

@Suite struct MomentumSGDTests {
  /// Against the formula in Double, at any number of threads alike.
  @Test(arguments: [1, 15, 16, 1003, 40_000])
  func twentySteps(count: Int) {
    func run(_ threads: Int, _ look: (FloatView, FloatView) -> Void) {
      let sgd = MomentumSGD(
        count: count, pool: WorkerPool(threadCount: threads), momentum: 0.9, weightDecay: 0.05)
      let parameters = SharedBuffer<Float>(count: count)
      let gradient = SharedBuffer<Float>(count: count)
      parameters.view.copy(from: TestData.normal(count, deviation: 1, stream: 1))
      for step in 1...20 {
        gradient.view.copy(from: TestData.normal(count, deviation: 2, stream: 1 + step))
        sgd.update(parameters.view, gradient: gradient.view, rate: 0.1 / Float(step))
      }
      look(parameters.view, sgd.velocity)
    }
    var p = TestData.normal(count, deviation: 1, stream: 1)
    var v = [Double](repeating: 0, count: count)
    for step in 1...20 {
      let g = TestData.normal(count, deviation: 2, stream: 1 + step)
      for index in 0..<count {
        v[index] = 0.9 * v[index] + g[index] + 0.05 * p[index]
        p[index] -= 0.1 / Double(step) * v[index]
      }
    }
    var alone: [Float] = []
    run(1) { parameters, velocity in
      alone = parameters.array
      for index in 0..<count {
        #expect(abs(Double(parameters[index]) - p[index]) <= 3e-6 * (1 + abs(p[index])))
        #expect(abs(Double(velocity[index]) - v[index]) <= 1e-5 * (1 + abs(v[index])))
      }
    }
    run(3) { parameters, _ in #expect(parameters.array == alone) }
  }
}
