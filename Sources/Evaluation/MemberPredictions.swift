// What each network predicts of each image, in the targets' own units.

import Glibc
import Numerics

/// Predictions of N networks of K targets y of M images, the same on every rank.
public struct MemberPredictions: Sendable {
  public let networkCount: Int
  public let imageCount: Int
  public let targetCount: Int
  /// (networks, images, targets)
  public let means: SharedBuffer<Float>
  /// As many; nil where networks give no density.
  public let deviations: SharedBuffer<Float>?
  /// (images, targets)
  public let observed: [Double]

  public init(
    networkCount: Int, targetCount: Int, means: SharedBuffer<Float>,
    deviations: SharedBuffer<Float>?, observed: [Double]
  ) {
    precondition(
      targetCount > 0 && observed.count % targetCount == 0
        && means.view.count == networkCount * observed.count
        && deviations.map { $0.view.count == means.view.count } != false,
      "MemberPredictions: \(means.view.count) predictions of \(networkCount) networks, \(observed.count) numbers"
    )
    self.networkCount = networkCount
    self.targetCount = targetCount
    imageCount = observed.count / targetCount
    self.means = means
    self.deviations = deviations
    self.observed = observed
  }

  private func place(_ network: Int, _ image: Int, _ target: Int) -> Int {
    (network * imageCount + image) * targetCount + target
  }

  public func mean(_ network: Int, _ image: Int, _ target: Int) -> Double {
    Double(means.view[place(network, image, target)])
  }

  public func error(_ network: Int, _ image: Int, _ target: Int) -> Double {
    mean(network, image, target) - observed[image * targetCount + target]
  }

  /// What the first `count` networks say of a target; `noise`, one deviation a target, where they give no density.
  public func mixture(first count: Int, _ image: Int, _ target: Int, noise: [Double]?)
    -> NormalMixture
  {
    NormalMixture(
      means: (0..<count).map { mean($0, image, target) },
      deviations: (0..<count).map { deviation($0, image, target, noise) })
  }

  private func deviation(_ network: Int, _ image: Int, _ target: Int, _ noise: [Double]?)
    -> Double
  {
    if let deviations { return Double(deviations.view[place(network, image, target)]) }
    guard let noise else { preconditionFailure("MemberPredictions: no deviation is known") }
    return noise[target]
  }

  /// The logarithm of the density that a network has at an image's targets.
  public func logDensity(_ network: Int, _ image: Int, noise: [Double]?) -> Double {
    var sum = 0.0
    for target in 0..<targetCount {
      let deviation = deviation(network, image, target, noise)
      let z = error(network, image, target) / deviation
      sum -= log(deviation) + (log(2 * .pi) + z * z) / 2
    }
    return sum
  }

  /// Root of the mean square error of a network, and its mean absolute error, over images and targets.
  public func errors(of network: Int) -> (rmse: Double, mae: Double) {
    var (squares, sizes) = (0.0, 0.0)
    for image in 0..<imageCount {
      for target in 0..<targetCount {
        let error = error(network, image, target)
        squares += error * error
        sizes += abs(error)
      }
    }
    let count = Double(imageCount * targetCount)
    return ((squares / count).squareRoot(), sizes / count)
  }
}
