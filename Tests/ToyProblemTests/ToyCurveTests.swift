// The toy's network against its formula.

import Glibc
import Numerics
import TestSupport
import Testing
import ToyProblem

@Suite struct ToyCurveTests {
  @Test func curveAndItsGradient() {
    let curve = ToyCurve(hidden: [30, 10, 10])
    // 1-30-10-10-2 with biases.
    #expect(curve.layout.count == 60 + 310 + 110 + 22)
    let parameters = AlignedBuffer<Float>(count: curve.layout.count)
    curve.initialize(parameters.view, seed: 1)
    for entry in curve.layout.entries where entry.shape.count == 1 {
      #expect(parameters.view.slice(entry.range).array.allSatisfy { $0 == 0 })
      CounterRandom(seed: 5, purpose: .test).fillNormal(parameters.view.slice(entry.range))
    }
    /// By the formula, from exact parameters.
    func naive(_ p: [Double], _ z: Double) -> [Double] {
      var (x, place) = ([z], 0)
      for (layer, width) in [30, 10, 10, 2].enumerated() {
        let bias = place + width * x.count
        x = (0..<width).map { unit in
          let sum = x.indices.reduce(p[bias + unit]) { $0 + p[place + unit * x.count + $1] * x[$1] }
          return layer == 3 ? sum : tanh(sum)
        }
        place = bias + width
      }
      return x
    }
    let exact = parameters.view.array.map(Double.init)
    let activations = AlignedBuffer<Double>(count: curve.activationCount)
    let gradient = AlignedBuffer<Double>(count: curve.layout.count)
    for z in [-1, -0.3, 0.7] {
      let point = curve.point(z, parameters: parameters.view, activations: activations.view)
      let expected = naive(exact, z)
      #expect(abs(point.x - expected[0]) + abs(point.y - expected[1]) <= 1e-12)
      curve.backward(
        Point(0.6, -1.1), parameters: parameters.view, activations: activations.view,
        gradient: gradient.view)
      for k in exact.indices {
        let numeric = CentralDifference.slope(at: exact, k, step: 1e-6) { parameters in
          let point = naive(parameters, z)
          return 0.6 * point[0] - 1.1 * point[1]
        }
        #expect(abs(gradient[k] - numeric) <= 1e-8 + 1e-7 * abs(numeric), "parameter \(k)")
      }
    }
  }
}
