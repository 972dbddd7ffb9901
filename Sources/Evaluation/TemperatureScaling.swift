// One number that makes an ensemble's probabilities as sure as they may be.

import Glibc
import Numerics

/// Temperature scaling (Guo et al., 2017) of an ensemble's mean probability p:
///
///     q_k = p_k^(1/T) / sum_j p_j^(1/T)
///
/// which is the softmax of log(p) / T; p is floored at 1e-12. The class with the largest probability stays.
/// It is the mean probability that is scaled, by one T, not each network's logits.
public struct TemperatureScaling: Sendable, Equatable {
  /// T; above 1 makes probabilities less sure.
  public let temperature: Double

  /// What T is sought in.
  static let range = 0.01...100.0

  public init(temperature: Double) { self.temperature = temperature }

  /// The T that minimizes the negative log-likelihood of the labels: with b = 1/T the root of
  ///
  ///     d NLL / d b = sum over images of (sum_k q_k log p_k - log p_label)
  ///
  /// which rises with b, found by bisection of log b. Where there is none within the range (all answers
  /// right, or no better than chance) T is the end of the range that is best; where T makes no difference
  /// it is 1. `probabilities` (images, classes). nil without images.
  public init?(fittedTo probabilities: [Double], classCount: Int, labels: [ClassLabel]) {
    guard !labels.isEmpty else { return nil }
    let logarithms = probabilities.map { log(max($0, CalibrationScores.probabilityFloor)) }
    func slope(_ inverse: Double) -> Double {
      var sum = 0.0
      for image in labels.indices {
        let row = logarithms[image * classCount..<(image + 1) * classCount]
        let largest = row.max()!
        var (normalizer, weighted) = (0.0, 0.0)
        for value in row {
          let power = exp(inverse * (value - largest))
          normalizer += power
          weighted += power * value
        }
        sum += weighted / normalizer - row[row.startIndex + Int(labels[image])]
      }
      return sum
    }
    var (low, high) = (log(1 / Self.range.upperBound), log(1 / Self.range.lowerBound))
    let (lowSlope, highSlope) = (slope(exp(low)), slope(exp(high)))
    if lowSlope == 0 && highSlope == 0 {
      temperature = 1
    } else if lowSlope >= 0 {
      temperature = Self.range.upperBound
    } else if highSlope <= 0 {
      temperature = Self.range.lowerBound
    } else {
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if slope(exp(middle)) < 0 { low = middle } else { high = middle }
      }
      temperature = exp(-(low + high) / 2)
    }
  }

  /// q of p, (images, classes) both.
  public func apply(to probabilities: [Double], classCount: Int) -> [Double] {
    var scaled = probabilities.map {
      log(max($0, CalibrationScores.probabilityFloor)) / temperature
    }
    for start in stride(from: 0, to: scaled.count, by: classCount) {
      let largest = scaled[start..<start + classCount].max()!
      var sum = 0.0
      for index in start..<start + classCount {
        scaled[index] = exp(scaled[index] - largest)
        sum += scaled[index]
      }
      for index in start..<start + classCount { scaled[index] /= sum }
    }
    return scaled
  }
}
