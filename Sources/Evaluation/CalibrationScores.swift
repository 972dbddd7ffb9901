// How good probabilities are, not only the classes they favour.

import Glibc
import Numerics

/// Scores of predicted probabilities p (images, classes) against the images' labels.
public struct CalibrationScores: Sendable, Equatable {
  /// Fraction of images whose label has the largest probability; ties go to the lowest class.
  public let accuracy: Double
  /// Negative log-likelihood: mean over images of -log(max(p_label, 1e-12)), in nats.
  public let nll: Double
  /// Brier score: mean over images of sum_k (p_k - [k is the label])^2.
  public let brier: Double
  /// Expected calibration error: sum over bins of |right answers - sum of confidences| / images. The
  /// confidence of an image is its largest probability; bin b of 15 holds those in [b/15, (b+1)/15), the
  /// last one 1 too.
  public let ece: Double
  /// The same with bins of equal mass: images in order of confidence (equals in their own order), cut into 15
  /// runs whose lengths differ by at most 1, the longer ones first. Of confidences that are not finite there are
  /// no bins, and both errors are NaN.
  public let adaptiveECE: Double

  static let binCount = 15
  static let probabilityFloor = 1e-12

  public init(probabilities: [Double], classCount: Int, labels: [ClassLabel]) {
    precondition(
      probabilities.count == labels.count * classCount,
      "CalibrationScores: \(probabilities.count) probabilities of \(classCount) classes for "
        + "\(labels.count) labels")
    let images = Double(labels.count)
    var logLikelihood = 0.0
    var squares = 0.0
    var confidences: [Double] = []
    var isRight: [Bool] = []
    for image in labels.indices {
      let label = Int(labels[image])
      let best = Statistics.argmax(
        probabilities[image * classCount..<(image + 1) * classCount])
      for k in 0..<classCount {
        let p = probabilities[image * classCount + k]
        squares += (p - (k == label ? 1 : 0)) * (p - (k == label ? 1 : 0))
        if k == label { logLikelihood += log(max(p, Self.probabilityFloor)) }
      }
      confidences.append(probabilities[image * classCount + best])
      isRight.append(best == label)
    }
    accuracy = Double(isRight.count { $0 }) / images
    nll = -logLikelihood / images
    brier = squares / images

    guard confidences.allSatisfy(\.isFinite) else {
      (ece, adaptiveECE) = (.nan, .nan)
      return
    }
    func error(_ bins: [[Int]]) -> Double {
      bins.reduce(0) { sum, bin in
        let right = Double(bin.count { isRight[$0] })
        return sum + abs(right - bin.reduce(0) { $0 + confidences[$1] })
      } / images
    }
    var equalWidth = [[Int]](repeating: [], count: Self.binCount)
    for (image, confidence) in confidences.enumerated() {
      equalWidth[min(Self.binCount - 1, Int(confidence * Double(Self.binCount)))].append(image)
    }
    ece = error(equalWidth)
    let order = confidences.indices.sorted {
      (confidences[$0], $0) < (confidences[$1], $1)
    }
    var equalMass: [[Int]] = []
    var next = 0
    for bin in 0..<Self.binCount {
      let length =
        order.count / Self.binCount + (bin < order.count % Self.binCount ? 1 : 0)
      equalMass.append(Array(order[next..<next + length]))
      next += length
    }
    adaptiveECE = error(equalMass)
  }
}
