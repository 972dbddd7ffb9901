// What an ensemble says of each image.

import Glibc
import Numerics

/// Predictions of N networks on the same images, put together.
public struct EnsemblePrediction: Sendable {
  /// N.
  public let networkCount: Int
  public let imageCount: Int
  public let classCount: Int
  /// Mean over networks of their probabilities, (images, classes).
  public let meanProbabilities: [Double]
  /// Mean over networks of the entropy of their probabilities, in nats, one an image.
  public let meanEntropies: [Double]
  /// How many networks name a class, (images, classes).
  public let votes: [Int]
  /// The class that the most confident network names, one an image; ties go to the lowest network.
  public let mostConfidentClasses: [Int]

  /// The class with most votes, one an image; ties go to the lowest class.
  public var majorityClasses: [Int] { largest(votes) }

  /// The class with the largest mean probability, one an image; ties go to the lowest class.
  public var probableClasses: [Int] { largest(meanProbabilities) }

  /// max_k mean probability_k, one an image.
  public var confidences: [Double] {
    zip(0..<imageCount, probableClasses).map { meanProbabilities[$0 * classCount + $1] }
  }

  /// -sum_k mean probability_k * log(mean probability_k) in nats, one an image.
  public var predictiveEntropies: [Double] {
    (0..<imageCount).map { image in
      var sum = 0.0
      for p in meanProbabilities[image * classCount..<(image + 1) * classCount] where p > 0 {
        sum -= p * log(p)
      }
      return sum
    }
  }

  /// Entropy of the mean minus the mean entropy in nats, one an image: what the networks do not agree
  /// on. Of a single network 0.
  public var mutualInformation: [Double] {
    networkCount == 1
      ? [Double](repeating: 0, count: imageCount)
      : zip(predictiveEntropies, meanEntropies).map { $0 - $1 }
  }

  /// Mean over all pairs of networks of the fraction of images of which they name different classes; nil
  /// where there is no pair. From the votes v_k of each image: sum_k v_k (v_k - 1) / 2 pairs agree.
  public var disagreement: Double? {
    guard networkCount > 1 else { return nil }
    let agreeing = votes.reduce(0) { $0 + $1 * ($1 - 1) }
    let pairs = Double(networkCount) * Double(networkCount - 1)
    return 1 - Double(agreeing) / (pairs * Double(imageCount))
  }

  /// The class of the largest of each image's values.
  private func largest<Value: Comparable>(_ values: [Value]) -> [Int] {
    (0..<imageCount).map {
      Statistics.argmax(values[$0 * classCount..<($0 + 1) * classCount])
    }
  }
}
