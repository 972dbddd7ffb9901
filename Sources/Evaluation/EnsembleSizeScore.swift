// What more networks bring.

/// Accuracy and likelihood of the first networks of an ensemble.
public struct EnsembleSizeScore: Sendable {
  public let size: Int
  /// Of the majority vote and of the mean probability.
  public let majorityAccuracy: Double
  public let meanProbabilityAccuracy: Double
  /// Of the mean probability.
  public let nll: Double
  /// ``CalibratedLikelihood``; nil with fewer than two images.
  public let calibratedLogLikelihood: Double?

  /// 1, 2, 5, 10, 20, 50 ... below `count`, and `count`.
  public static func sizes(upTo count: Int) -> [Int] {
    var sizes: [Int] = []
    var power = 1
    while power < count {
      sizes += [power, 2 * power, 5 * power].filter { $0 < count }
      power *= 10
    }
    return sizes + [count]
  }
}
