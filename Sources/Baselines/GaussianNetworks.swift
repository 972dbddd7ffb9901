// Networks drawn around the mean of iterates.

import Numerics

/// SWAG (Maddox et al. 2019): theta = mean + sqrt(scale) (sqrt(var) n1 + Dev n2 / sqrt(R - 1)) with standard normal n1 (D) and n2 (R),
/// var = max(E theta^2 - mean^2, 1e-30), Dev the last R deviations. Their covariance is scale (diag(var) + Dev Dev^T / (R - 1)).
struct GaussianNetworks: DrawnNetworks {
  /// The smallest variance of a weight.
  static let leastVariance: Float = 1e-30

  let count: Int
  let seed: UInt64
  let scale: Double
  /// Network k is drawn around the mean of iterates k modulo their number, each of which has taken two at least.
  let moments: [IterateMoments]

  func fill(_ weights: FloatView, network: Int, thread: Int) {
    let moments = moments[network % moments.count]
    let (mean, meanSquare) = (moments.mean.view, moments.meanSquare.view)
    let size = mean.count
    let rank = min(moments.count, moments.deviations.view.count / size)
    let diagonal = CounterRandom(seed: seed, purpose: .memberDraws, major: network, minor: 0)
    let low = CounterRandom(seed: seed, purpose: .memberDraws, major: network, minor: 1)
    let factor = Float(scale.squareRoot())
    for index in 0..<size {
      let variance = max(meanSquare[index] - mean[index] * mean[index], Self.leastVariance)
      weights[index] = mean[index] + factor * variance.squareRoot() * diagonal.normal(index)
    }
    let share = factor / Float(max(1, rank - 1)).squareRoot()
    for row in 0..<rank {
      VectorMath.add(
        moments.deviations.view.slice(row * size, size), times: share * low.normal(row), to: weights
      )
    }
  }
}
