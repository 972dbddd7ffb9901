// What several networks say of one number, together.

import Glibc

/// The mixture, in equal parts, of normal distributions: the prediction of an ensemble of regressions.
public struct NormalMixture: Sendable {
  public let means: [Double]
  /// As many, positive.
  public let deviations: [Double]

  public init(means: [Double], deviations: [Double]) {
    precondition(
      !means.isEmpty && means.count == deviations.count,
      "NormalMixture: \(means.count) means, \(deviations.count) deviations")
    self.means = means
    self.deviations = deviations
  }

  private var count: Double { Double(means.count) }

  public var mean: Double { means.reduce(0, +) / count }

  /// The variance of the means: what the networks do not agree on.
  public var spreadVariance: Double {
    let mean = mean
    return means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
  }

  /// The mean of the variances plus the variance of the means.
  public var variance: Double {
    deviations.reduce(0) { $0 + $1 * $1 } / count + spreadVariance
  }

  /// The probability of values up to `x`.
  public func probability(upTo x: Double) -> Double {
    var sum = 0.0
    for index in means.indices {
      sum += Self.standardProbability((x - means[index]) / deviations[index])
    }
    return sum / count
  }

  public func density(_ x: Double) -> Double {
    var sum = 0.0
    for index in means.indices {
      sum += Self.standardDensity((x - means[index]) / deviations[index]) / deviations[index]
    }
    return sum / count
  }

  /// The x with ``probability(upTo:)`` p, for p between 0.002 and 0.998: Newton's steps, halving where they leave the bracket.
  public func quantile(_ p: Double) -> Double {
    precondition(p > 0.002 && p < 0.998, "NormalMixture: the quantile of \(p)")
    // Each component's quantile lies within three of its deviations, and the mixture's among these.
    var low = zip(means, deviations).map { $0 - 3 * $1 }.min()!
    var high = zip(means, deviations).map { $0 + 3 * $1 }.max()!
    let tolerance = 1e-12 * max(high - low, abs(low), abs(high))
    var x = mean
    while high - low > tolerance {
      let excess = probability(upTo: x) - p
      if excess == 0 { return x }
      if excess > 0 { high = x } else { low = x }
      let newton = x - excess / density(x)
      let next = newton > low && newton < high ? newton : (low + high) / 2
      if abs(next - x) <= tolerance { return next }
      x = next
    }
    return x
  }

  /// Continuous ranked probability score of `y`, the integral of (F(x) - [y <= x])^2 over x, in closed form (Grimit et al. 2006):
  /// mean over i of A(y - m_i, s_i^2) - (1/2) mean over i, j of A(m_i - m_j, s_i^2 + s_j^2),
  /// A(m, v) = 2 sqrt(v) phi(m / sqrt(v)) + m (2 Phi(m / sqrt(v)) - 1). Cost: N^2 / 2 terms.
  public func crps(_ y: Double) -> Double {
    var (own, pairs) = (0.0, 0.0)
    for i in means.indices {
      own += Self.meanDistance(y - means[i], variance: deviations[i] * deviations[i])
      // A pair counts twice; of i = j there is A(0, 2 s^2).
      pairs += deviations[i] * (2 / Double.pi.squareRoot()) / 2
      for j in 0..<i {
        pairs += Self.meanDistance(
          means[i] - means[j],
          variance: deviations[i] * deviations[i] + deviations[j] * deviations[j])
      }
    }
    return own / count - pairs / (count * count)
  }

  /// A(m, v): the mean absolute value of a normal number of mean m and variance v.
  private static func meanDistance(_ mean: Double, variance: Double) -> Double {
    let deviation = variance.squareRoot()
    let z = mean / deviation
    return 2 * deviation * standardDensity(z) + mean * erf(z / 2.0.squareRoot())
  }

  private static func standardDensity(_ z: Double) -> Double {
    exp(-z * z / 2) / (2 * Double.pi).squareRoot()
  }

  private static func standardProbability(_ z: Double) -> Double {
    erfc(-z / 2.0.squareRoot()) / 2
  }
}
