import Numerics
import Testing
import ToyProblem

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct ToyProblemTests {
  private let mixture = GaussianMixture(count: 10, seed: 1)

  @Test func mixtureIsThePapers() {
    let components = mixture.components
    #expect(components.count == 10)
    #expect(abs(components.reduce(0) { $0 + $1.weight } - 1) <= 1e-12)
    for component in components {
      #expect(abs(component.mean.x) <= 5 && abs(component.mean.y) <= 5)
      #expect(component.sigma >= 1 && component.sigma <= 1.1)
      #expect(component.weight >= 1 / 30.0 && component.weight <= 3 / 12.0)
    }
    #expect(Set(components.map { $0.mean.x }).count == 10)
    // The weights' ratio is at most 3, and they differ.
    let weights = components.map(\.weight)
    #expect(weights.max()! / weights.min()! <= 3 && weights.max()! / weights.min()! > 1.2)
    #expect(GaussianMixture(count: 10, seed: 2).components[0].mean != components[0].mean)
    let y = Point(0.3, -1.2)
    let expected = components.reduce(0.0) { sum, c in
      let square = pow(y.x - c.mean.x, 2) + pow(y.y - c.mean.y, 2)
      return sum + c.weight * 2 * Double.pi * c.sigma * c.sigma
        * exp(-square / (2 * c.sigma * c.sigma))
    }
    #expect(abs(mixture.evaluate(y).value - expected) <= 1e-12)
  }

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
    func list() -> [Point] { (0..<5).map { Point(points[2 * $0], points[2 * $0 + 1]) } }
    let value = objective.evaluate(points.view, gradient: gradient.view)
    #expect(abs(value.loss - naiveLoss(list())) <= 1e-12)
    for k in 0..<10 {
      let held = points[k]
      points[k] = held + 1e-6
      let up = naiveLoss(list())
      points[k] = held - 1e-6
      let numeric = (up - naiveLoss(list())) / 2e-6
      points[k] = held
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
    var exact = parameters.view.array.map(Double.init)
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
        let held = exact[k]
        exact[k] = held + 1e-6
        let up = naive(exact, z)
        exact[k] = held - 1e-6
        let down = naive(exact, z)
        exact[k] = held
        let numeric = (0.6 * (up[0] - down[0]) - 1.1 * (up[1] - down[1])) / 2e-6
        #expect(abs(gradient[k] - numeric) <= 1e-8 + 1e-7 * abs(numeric), "parameter \(k)")
      }
    }
  }
}
