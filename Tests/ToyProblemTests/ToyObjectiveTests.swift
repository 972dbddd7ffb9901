// The toy's loss against its formula.

import Glibc
import Numerics
import TestSupport
import Testing
import ToyProblem

@Suite struct ToyObjectiveTests {
  private let mixture = GaussianMixture(count: 10, seed: 1)

  /// The loss as a function of the points, by its formula.
  private func naiveLoss(_ points: [Point]) -> Double {
    let n = Double(points.count)
    func length(_ v: Point) -> Double { (v.x * v.x + v.y * v.y).squareRoot() }
    let density = points.reduce(0) { $0 + mixture.evaluate($1).value } / n
    let norm = points.reduce(0) { $0 + length($1) * length($1) } / n
    let logarithms = points.indices.reduce(0.0) { sum, i in
      let others = points.indices.filter { $0 != i }
      return sum + log(others.map { length(points[i] - points[$0]) }.min()! + 1e-8)
    }
    // psi(5) - psi(1) = 1 + 1/2 + 1/3 + 1/4; the unit ball of one dimension has length 2.
    let entropy = 25.0 / 12 + log(2) + logarithms / n
    return -density - 2.2 * entropy + 0.05 * norm
  }

  @Test func lossAndGradientAgainstCentralDifferences() {
    let objective = ToyObjective(mixture: mixture, entropyWeight: 2.2, normWeight: 0.05)
    let places = AlignedBuffer<Float>(count: 10)
    CounterRandom(seed: 3, purpose: .test).fillUniform(places.view, low: -4, high: 4)
    let points = AlignedBuffer<Double>(count: 10)
    for k in 0..<10 { points[k] = Double(places[k]) }
    let gradient = AlignedBuffer<Double>(count: 10)
    gradient.view.fill(7)  // overwritten
    let value = objective.evaluate(points.view, gradient: gradient.view)
    #expect(
      abs(value.loss - naiveLoss((0..<5).map { Point(points[2 * $0], points[2 * $0 + 1]) }))
        <= 1e-12)
    for k in 0..<10 {
      let numeric = CentralDifference.slope(at: points.view.array, k, step: 1e-6) { numbers in
        naiveLoss((0..<5).map { Point(numbers[2 * $0], numbers[2 * $0 + 1]) })
      }
      #expect(abs(gradient[k] - numeric) <= 1e-7, "\(k): \(gradient[k]), numerically \(numeric)")
    }
  }

  /// On a line, H estimates the entropy of what is uniform on an interval: the log of its length.
  @Test func entropyIsThatOfADistribution() {
    let objective = ToyObjective(mixture: mixture, entropyWeight: 1, normWeight: 0)
    let count = 4_000
    let numbers = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: 4, purpose: .test).fillUniform(numbers.view, low: 0, high: 3)
    let points = AlignedBuffer<Double>(count: 2 * count)
    for k in 0..<count { (points[2 * k], points[2 * k + 1]) = (Double(numbers[k]), 1) }
    let gradient = AlignedBuffer<Double>(count: 2 * count)
    let value = objective.evaluate(points.view, gradient: gradient.view)
    #expect(abs(value.entropy - log(3)) <= 0.1)
  }

  @Test func equalPointsHaveAFiniteLoss() {
    let objective = ToyObjective(mixture: mixture, entropyWeight: 2.2, normWeight: 0.05)
    let points = AlignedBuffer<Double>(count: 10)
    let gradient = AlignedBuffer<Double>(count: 10)
    let value = objective.evaluate(points.view, gradient: gradient.view)
    #expect(value.loss.isFinite)
    #expect(gradient.view.array.allSatisfy { $0.isFinite })
  }
}
