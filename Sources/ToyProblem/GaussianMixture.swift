// What the toy problem's points are to be good at: a mixture of Gaussians in the plane.

import Glibc
import Numerics

/// A point of the plane.
public typealias Point = SIMD2<Double>

/// f(y) = sum_i p_i 2 pi sigma_i^2 exp(-|y - mu_i|^2 / (2 sigma_i^2)), as the paper's experiment has it:
/// mu_i uniform on [-5, 5]^2, sigma_i uniform on [1.0, 1.1], p_i uniform on [1, 3], then normalized to
/// sum 1.
public struct GaussianMixture: Sendable {
  public struct Component: Sendable {
    /// mu
    public let mean: Point
    public let sigma: Double
    /// p
    public let weight: Double
  }

  /// Means lie in the square from -bound to bound.
  public static let bound = 5.0

  public let components: [Component]

  /// A function of `seed` and `count`.
  public init(count: Int, seed: UInt64) {
    func number(_ component: Int, _ index: Int, _ low: Double, _ high: Double) -> Double {
      let random = CounterRandom(seed: seed, purpose: .toyMixture, major: component)
      return low + (high - low) * Double(random.uniform(index))
    }
    let weights = (0..<count).map { number($0, 3, 1, 3) }
    let total = weights.reduce(0, +)
    components = (0..<count).map { component in
      Component(
        mean: Point(
          number(component, 0, -Self.bound, Self.bound),
          number(component, 1, -Self.bound, Self.bound)),
        sigma: number(component, 2, 1, 1.1), weight: weights[component] / total)
    }
  }

  /// f(y) and its gradient.
  public func evaluate(_ y: Point) -> (value: Double, gradient: Point) {
    var value = 0.0
    var gradient = Point.zero
    for component in components {
      let offset = y - component.mean
      let variance = component.sigma * component.sigma
      let term =
        component.weight * 2 * Double.pi * variance
        * exp(-(offset * offset).sum() / (2 * variance))
      value += term
      gradient -= term / variance * offset
    }
    return (value, gradient)
  }
}
