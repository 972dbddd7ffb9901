// The noise of networks that give no density.

import Glibc

/// Deviations with which predictions become the normal densities that explain observed numbers best.
public enum NoiseFit {
  /// One deviation a target: what makes the observed numbers most likely under the equal mixture of the networks' densities, by
  /// expectation maximization. It begins with the networks' root mean square error and ends where a step changes it by less than
  /// a millionth, at a thousandth of that error at the latest.
  public static func deviations(_ predictions: MemberPredictions) -> [Double] {
    (0..<predictions.targetCount).map { deviation(predictions, $0) }
  }

  private static func deviation(_ predictions: MemberPredictions, _ target: Int) -> Double {
    let (networks, images) = (predictions.networkCount, predictions.imageCount)
    var squares = [Double](repeating: 0, count: networks * images)
    for network in 0..<networks {
      for image in 0..<images {
        let error = predictions.error(network, image, target)
        squares[image * networks + network] = error * error
      }
    }
    var variance = squares.reduce(0, +) / Double(squares.count)
    let least = max(1e-6 * variance, .leastNormalMagnitude)
    variance = max(variance, least)
    for _ in 0..<1000 {
      var sum = 0.0
      for image in 0..<images {
        let own = squares[image * networks..<(image + 1) * networks]
        let nearest = own.min()!
        var (weights, weighted) = (0.0, 0.0)
        for square in own {
          let weight = exp((nearest - square) / (2 * variance))
          weights += weight
          weighted += weight * square
        }
        sum += weighted / weights
      }
      let next = max(least, sum / Double(images))
      let isDone = abs(next - variance) <= 2e-6 * variance
      variance = next
      if isDone { break }
    }
    return variance.squareRoot()
  }
}
