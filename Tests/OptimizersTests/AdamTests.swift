// Updates against their formulas.

import Host
import Numerics
import Optimizers
import TestSupport
import Testing

@Suite struct AdamTests {
  /// p after 20 steps of varying rate, against the formulas in Double.
  @Test(arguments: [1, 15, 16, 1003])
  func twentySteps(count: Int) {
    let adam = Adam(count: count, pool: WorkerPool(threadCount: 1))
    let parameters = SharedBuffer<Float>(count: count)
    let gradient = SharedBuffer<Float>(count: count)
    parameters.view.copy(from: TestData.normal(count, deviation: 1, stream: 1))
    var p = parameters.view.doubles
    var m = [Double](repeating: 0, count: count)
    var v = m
    // The rates are what single precision makes of 0.9 and 0.999.
    let (beta1, beta2, epsilon) = (Double(adam.beta1), Double(adam.beta2), 1e-8)
    var (beta1Power, beta2Power) = (1.0, 1.0)
    for step in 1...20 {
      // Gradients of very different magnitudes, zeros among them.
      var g = TestData.normal(count, deviation: step % 3 == 0 ? 1e-4 : 10, stream: 1 + step)
      for index in stride(from: 3, to: count, by: 7) { g[index] = 0 }
      gradient.view.copy(from: g)
      let rate = 3e-3 / Double(step)
      adam.update(parameters.view, gradient: gradient.view, rate: Float(rate), step: step)
      beta1Power *= beta1
      beta2Power *= beta2
      for index in 0..<count {
        m[index] = beta1 * m[index] + (1 - beta1) * g[index]
        v[index] = beta2 * v[index] + (1 - beta2) * g[index] * g[index]
        let (first, second) = (m[index] / (1 - beta1Power), v[index] / (1 - beta2Power))
        p[index] -= rate * first / (second.squareRoot() + epsilon)
      }
    }
    for index in 0..<count {
      #expect(abs(Double(parameters.view[index]) - p[index]) <= 1e-6 * (1 + abs(p[index])))
      #expect(abs(Double(adam.firstMoment[index]) - m[index]) <= 3e-6)
      #expect(abs(Double(adam.secondMoment[index]) - v[index]) <= 1e-5 * v[index])
    }
  }

  /// Runs of parameters with a factor go as far as the factor says; the others, and all without factors, by the rate.
  @Test func factors() {
    let count = 40_000
    let gradient = SharedBuffer<Float>(count: count)
    gradient.view.fill(-3)
    func moved(_ factors: [RateFactor]) -> [Float] {
      let adam = Adam(count: count, pool: WorkerPool(threadCount: 2), factors: factors)
      let parameters = SharedBuffer<Float>(count: count)
      adam.update(parameters.view, gradient: gradient.view, rate: 0.5, step: 1)
      return parameters.view.array
    }
    let plain = moved([])
    #expect(plain.allSatisfy { abs($0 - 0.5) <= 1e-6 })
    #expect(moved([RateFactor(range: 3..<count, factor: 1)]) == plain)
    let moved = moved([
      RateFactor(range: 5..<17_000, factor: 0.25), RateFactor(range: 30_001..<30_002, factor: 0),
    ])
    for index in 0..<count {
      let factor: Float = (5..<17_000).contains(index) ? 0.25 : index == 30_001 ? 0 : 1
      #expect(abs(moved[index] - 0.5 * factor) <= 1e-6)
    }
  }

  /// With a decay a step takes away rate * factor * decay of what was there, and is otherwise the same: of parameters
  /// with vectors and without.
  @Test func decay() {
    let count = 37
    let gradient = SharedBuffer<Float>(count: count)
    for index in 0..<count { gradient.view[index] = Float(index - 11) }
    func stepped(decay: Float) -> [Float] {
      let adam = Adam(
        count: count, pool: WorkerPool(threadCount: 1),
        factors: [RateFactor(range: 2..<35, factor: 0.5, decay: decay)])
      let parameters = SharedBuffer<Float>(count: count)
      for index in 0..<count { parameters.view[index] = Float(index * index) }
      adam.update(parameters.view, gradient: gradient.view, rate: 0.125, step: 1)
      return parameters.view.array
    }
    let (plain, decayed) = (stepped(decay: 0), stepped(decay: 4))
    for index in 0..<count {
      let lost = (2..<35).contains(index) ? Float(index * index) * (0.125 * 0.5 * 4) : 0
      #expect(abs(plain[index] - lost - decayed[index]) <= 1e-4, "\(index)")
    }
  }

  /// Ranks that update runs of the parameters each make together the update of all, bit by bit, and keep moments of their own alone.
  @Test func runsGiveTheSameBits() {
    let count = 40_007
    let factors = [
      RateFactor(range: 3..<17_000, factor: 0.25, decay: 0.5),
      RateFactor(range: 30_001..<count, factor: 2),
    ]
    func updated(_ owners: [[Range<Int>]?]) -> [[UInt32]] {
      let optimizers = owners.map {
        Adam(count: count, ranges: $0, pool: WorkerPool(threadCount: 2), factors: factors)
      }
      let parameters = SharedBuffer<Float>(count: count)
      let gradient = SharedBuffer<Float>(count: count)
      CounterRandom(seed: 3, purpose: .test).fillUniform(parameters.view, low: -1, high: 1)
      var first = [Float](repeating: 0, count: count)
      for step in 1...3 {
        CounterRandom(seed: 4, purpose: .test, major: step)
          .fillUniform(gradient.view, low: -1, high: 1)
        for adam in optimizers {
          adam.update(parameters.view, gradient: gradient.view, rate: 1e-2, step: step)
        }
      }
      for adam in optimizers {
        #expect(adam.firstMoment.count == adam.ranges.reduce(0) { $0 + $1.count })
        for (own, place) in adam.ranges.joined().enumerated() {
          first[place] = adam.firstMoment[own]
        }
      }
      return [parameters.view.array, first].map { $0.map(\.bitPattern) }
    }
    let whole = updated([nil])
    #expect(updated([[0..<16, 20_000..<33_333], [16..<20_000], [], [33_333..<count]]) == whole)
    // A run that nobody has stays where it was.
    #expect(updated([[0..<16, 20_000..<33_333], [16..<20_000]]) != whole)
  }

  /// The first step moves every parameter by the rate, against the gradient's sign.
  @Test func firstStepIsTheRate() {
    let adam = Adam(count: 33, pool: WorkerPool(threadCount: 1))
    let parameters = SharedBuffer<Float>(count: 33)
    let gradient = SharedBuffer<Float>(count: 33)
    for index in 0..<33 { gradient.view[index] = Float(index - 16) * 0.37 }
    adam.update(parameters.view, gradient: gradient.view, rate: 0.25, step: 1)
    for index in 0..<33 {
      #expect(abs(parameters.view[index] - 0.25 * Float((16 - index).signum())) <= 1e-6)
    }
  }

  @Test(arguments: [16, 40_007])
  func threadsGiveTheSameBits(count: Int) {
    func run(threads: Int) -> [[UInt32]] {
      let adam = Adam(count: count, pool: WorkerPool(threadCount: threads))
      let parameters = SharedBuffer<Float>(count: count)
      let gradient = SharedBuffer<Float>(count: count)
      let random = CounterRandom(seed: 3, purpose: .test)
      random.fillUniform(parameters.view, low: -1, high: 1)
      for step in 1...3 {
        CounterRandom(seed: 4, purpose: .test, major: step)
          .fillUniform(gradient.view, low: -1, high: 1)
        adam.update(parameters.view, gradient: gradient.view, rate: 1e-2, step: step)
      }
      return [parameters.view, adam.firstMoment, adam.secondMoment].map {
        $0.array.map(\.bitPattern)
      }
    }
    let alone = run(threads: 1)
    for threads in [2, 3, 5] { #expect(run(threads: threads) == alone) }
  }
}
