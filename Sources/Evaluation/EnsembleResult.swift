// What an ensemble of generated networks achieves.

import TensorCore

/// Accuracies of generated networks alone and together. Accuracies are fractions.
public struct EnsembleResult: Sendable {
  /// Networks and images.
  public var samples: Int
  public var images: Int
  /// Of each network alone.
  public var accuracies: [Double]
  /// Of the class with most votes; ties go to the lowest class.
  public var majorityAccuracy: Double
  /// Of the class with the largest mean probability.
  public var meanProbabilityAccuracy: Double
  /// Of the class that the most confident network names; ties go to the lowest network.
  public var mostConfidentAccuracy: Double
  /// Negative log-likelihood of the mean probability in nats, probabilities floored at 1e-12.
  public var nll: Double
  /// Mean over images of sum_k (mean probability_k - [k is the label])^2.
  public var brier: Double
  /// Expected calibration error of the mean probability: 15 bins of equal width over its confidence.
  public var ece: Double
  /// Kozachenko-Leonenko entropy of the networks' weights in nats, where it was computed.
  public var entropy: Double?

  public var meanAccuracy: Double { accuracies.reduce(0, +) / Double(samples) }
  /// Standard deviation over networks (divided by their number).
  public var stdAccuracy: Double {
    let mean = meanAccuracy
    let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(samples)).squareRoot()
  }
  public var minAccuracy: Double { accuracies.min() ?? 0 }
  public var maxAccuracy: Double { accuracies.max() ?? 0 }

  /// Networks per bin of `width`, from the bin of the lowest accuracy to that of the highest.
  public func histogram(width: Double) -> [(from: Double, count: Int)] {
    // 0.29 / 0.01 is less than 29: what lies on the edge of a bin belongs into it.
    func bin(_ accuracy: Double) -> Int { Int((accuracy / width + 1e-9).rounded(.down)) }
    let (first, last) = (bin(minAccuracy), bin(maxAccuracy))
    var counts = [Int](repeating: 0, count: last - first + 1)
    for accuracy in accuracies { counts[bin(accuracy) - first] += 1 }
    return counts.enumerated().map { (Double(first + $0.offset) * width, $0.element) }
  }

  /// The keys of `evaluate --json`.
  public var json: JSONValue {
    .object([
      ("samples", .integer(samples)), ("images", .integer(images)),
      ("mean_accuracy", .number(meanAccuracy)), ("std_accuracy", .number(stdAccuracy)),
      ("min_accuracy", .number(minAccuracy)), ("max_accuracy", .number(maxAccuracy)),
      ("majority_accuracy", .number(majorityAccuracy)),
      ("mean_probability_accuracy", .number(meanProbabilityAccuracy)),
      ("most_confident_accuracy", .number(mostConfidentAccuracy)), ("nll", .number(nll)),
      ("brier", .number(brier)), ("ece", .number(ece)),
      ("entropy", entropy.map { .number($0) } ?? .null),
      ("accuracies", .array(accuracies.map { .number($0) })),
    ])
  }
}
