// The mixture that the toy's points are to find.

import Glibc
import Testing
import ToyProblem

@Suite struct GaussianMixtureTests {
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
}
