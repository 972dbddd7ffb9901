// The likelihood of an ensemble whose temperature suits it, as papers compare it.

import Glibc
import Host
import Numerics

/// Ashukha et al. (ICLR 2020), test-time cross-validation: five times the images are shuffled and cut into halves; on each half the
/// temperature that fits the other one best is judged.
///
///     value = mean over the ten halves of mean over their images of log(1e-12 + softmax(log(p) / T)_label)
///
/// Each image is judged once in each repeat. p is the ensemble's mean probability, floored at 1e-12; T is ``TemperatureScaling``'s of the other half. In nats; higher is better.
public struct CalibratedLikelihood: Sendable, Equatable {
  /// How often the images are shuffled.
  public static let repeats = 5

  public let value: Double
  /// Of each image, the mean over the repeats.
  public let images: [Double]

  /// Of `probabilities`, (images, classes), each row an image. The shuffles are functions of `seed`. nil with fewer than two images.
  /// Cost: 5 * 60 * images * classes exponentials, on all threads of the pool.
  public init?(
    probabilities: [Double], classCount: Int, labels: [ClassLabel], seed: UInt64, pool: WorkerPool
  ) {
    guard labels.count > 1 else { return nil }
    let halves = (0..<Self.repeats).flatMap { repetition in
      let order = Self.order(of: labels.count, repetition, seed: seed)
      let (first, second) = (
        Array(order.prefix(labels.count / 2)), Array(order.dropFirst(labels.count / 2))
      )
      return [(fit: first, score: second), (fit: second, score: first)]
    }
    let values = SharedBuffer<Double>(count: halves.count)
    let terms = SharedBuffer<Double>(count: Self.repeats * labels.count)
    pool.forEach(halves.count) { index, _ in
      let (fit, score) = halves[index]
      func rows(_ images: [Int]) -> [Double] {
        images.flatMap { probabilities[$0 * classCount..<($0 + 1) * classCount] }
      }
      let scaling = TemperatureScaling(
        fittedTo: rows(fit), classCount: classCount, labels: fit.map { labels[$0] })!
      let scaled = scaling.apply(to: rows(score), classCount: classCount)
      var sum = 0.0
      for (place, image) in score.enumerated() {
        let term = log(
          CalibrationScores.probabilityFloor + scaled[place * classCount + Int(labels[image])])
        terms.view[index / 2 * labels.count + image] = term
        sum += term
      }
      values.view[index] = sum / Double(score.count)
    }
    value = Statistics.mean(values.view.array)
    images = labels.indices.map { image in
      Statistics.mean((0..<Self.repeats).map { terms.view[$0 * labels.count + image] })
    }
  }

  /// A random order of `count` images.
  static func order(of count: Int, _ repetition: Int, seed: UInt64) -> [Int] {
    CounterRandom(seed: seed, purpose: .calibrationHalves, major: repetition).permutation(of: count)
  }
}
