// What the toy problem minimizes.

import Glibc
import Numerics

/// L = -mean f(y_i) - a * H + b * mean |y_i|^2 over the N points of a minibatch, a = 2.2 and b = 0.05 in
/// the paper, with the whole Kozachenko-Leonenko estimate in one dimension, that of z:
/// H = psi(N) - psi(1) + log 2 + (1/N) sum_i log(eps_i + 1e-8), eps_i the distance of y_i to its nearest
/// other and 2 the volume of the unit ball.
public struct ToyObjective: Sendable {
  public struct Value: Sendable {
    public var loss = 0.0
    /// mean f(y_i)
    public var meanDensity = 0.0
    public var entropy = 0.0
    public var nearestMean = 0.0
    public var nearestMinimum = Double.infinity
  }

  public let mixture: GaussianMixture
  /// a
  public let entropyWeight: Double
  /// b
  public let normWeight: Double

  /// What is added to a distance; two points nearer than that have no direction.
  static let floor = 1e-8

  public init(mixture: GaussianMixture, entropyWeight: Double, normWeight: Double) {
    self.mixture = mixture
    self.entropyWeight = entropyWeight
    self.normWeight = normWeight
  }

  /// The value at `points`, (N, 2), N of at least 2; overwrites `gradient`, (N, 2). A point acts twice in
  /// the gradient of H: as the one that asks and as another's nearest.
  public func evaluate(_ points: DoubleView, gradient: DoubleView) -> Value {
    let count = points.count / 2
    func point(_ index: Int) -> Point { Point(points[2 * index], points[2 * index + 1]) }
    func add(_ slope: Point, to index: Int) {
      gradient[2 * index] += slope.x
      gradient[2 * index + 1] += slope.y
    }
    var value = Value()
    var (norm, logarithms) = (0.0, 0.0)
    let share = 1 / Double(count)
    gradient.fill(0)
    for i in 0..<count {
      let y = point(i)
      let density = mixture.evaluate(y)
      value.meanDensity += share * density.value
      norm += share * (y * y).sum()
      add(2 * normWeight * share * y - share * density.gradient, to: i)

      var nearest = (square: Double.infinity, other: i)
      for j in 0..<count where j != i {
        let offset = y - point(j)
        let square = (offset * offset).sum()
        if !(square >= nearest.square) { nearest = (square, j) }
      }
      let distance = nearest.square.squareRoot()
      value.nearestMean += share * distance
      value.nearestMinimum = min(value.nearestMinimum, distance)
      logarithms += share * log(distance + Self.floor)
      if distance > Self.floor {
        let offset = y - point(nearest.other)
        let slope =
          -entropyWeight * share / ((distance + Self.floor) * distance) * offset
        add(slope, to: i)
        add(-slope, to: nearest.other)
      }
    }
    value.entropy =
      Statistics.digamma(count) - Statistics.digammaOfOne + log(2) + logarithms
    value.loss = -value.meanDensity - entropyWeight * value.entropy + normWeight * norm
    return value
  }
}
