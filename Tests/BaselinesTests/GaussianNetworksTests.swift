// SWAG's Gaussian.

import Numerics
import Testing

@testable import Baselines

@Suite struct GaussianNetworksTests {
  /// Stochastic gradient descent on (1/2) sum_i a_i theta_i^2 with gradients' noise of deviation 1: the iterates' variance is
  /// rate / (2 a_i - rate a_i^2), and that of SWAG's networks is scale * (that, and the last deviations' own covariance).
  @Test func covarianceOnAQuadratic() {
    let (curvatures, rate, rank, count) = ([0.5, 1.0, 4.0, 2.0], 0.2, 20, 20_000)
    let size = curvatures.count
    let moments = IterateMoments(first: 200, every: 25, deviationCount: rank, weightCount: size)
    let theta = SharedBuffer<Float>(count: size)
    for step in 1...100_200 {
      let noise = CounterRandom(seed: 7, purpose: .test, major: step)
      for index in 0..<size {
        let slope =
          curvatures[index] * (Double(theta.view[index]) - 3) + Double(noise.normal(index))
        theta.view[index] -= Float(rate * slope)
      }
      moments.take(theta.view, step: step)
    }
    #expect(moments.count == 4000)
    for (index, a) in curvatures.enumerated() {
      let mean = Double(moments.mean.view[index])
      let variance = Double(moments.meanSquare.view[index]) - mean * mean
      #expect(abs(variance / (rate / (2 * a - rate * a * a)) - 1) <= 0.1)
      #expect(abs(mean - 3) <= 0.05)
    }
    let networks = GaussianNetworks(count: count, seed: 3, scale: 0.5, moments: [moments])
    let drawn = SharedBuffer<Float>(count: size)
    var sums = [Double](repeating: 0, count: size)
    var products = [[Double]](repeating: sums, count: size)
    for network in 0..<count {
      networks.fill(drawn.view, network: network, thread: 0)
      let centred = (0..<size).map { Double(drawn.view[$0]) - Double(moments.mean.view[$0]) }
      for i in 0..<size {
        sums[i] += centred[i]
        for j in 0..<size { products[i][j] += centred[i] * centred[j] }
      }
    }
    for i in 0..<size {
      for j in 0..<size {
        var expected = 0.0
        for row in 0..<rank {
          expected +=
            Double(
              moments.deviations.view[row * size + i] * moments.deviations.view[row * size + j])
            / Double(rank - 1)
        }
        let mean = Double(moments.mean.view[i])
        if i == j { expected += Double(moments.meanSquare.view[i]) - mean * mean }
        expected *= 0.5
        #expect(abs(products[i][j] / Double(count) - expected) <= 0.012, "\(i), \(j)")
      }
      #expect(abs(sums[i] / Double(count)) <= 0.02)
    }
  }
}
