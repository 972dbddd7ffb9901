// Scores of probabilities against plain computations and known cases.

import Evaluation
import Glibc
import Numerics
import Testing

@Suite struct CalibrationTests {
  /// Two classes; the first has probability `p`.
  private func scores(_ p: [Double], _ labels: [UInt8]) -> CalibrationScores {
    CalibrationScores(
      probabilities: p.flatMap { [$0, 1 - $0] }, classCount: 2, labels: labels)
  }

  @Test func knownValues() {
    let result = scores([0.9, 0.2, 0.6, 1], [0, 1, 1, 0])
    #expect(result.accuracy == 0.75)
    #expect(abs(result.nll + (log(0.9) + log(0.8) + log(0.4)) / 4) <= 1e-12)
    #expect(abs(result.brier - 2 * (0.01 + 0.04 + 0.36) / 4) <= 1e-12)
    // Confidences 0.9, 0.8, 0.6 and 1 lie in bins 13, 12, 9 and 14.
    #expect(abs(result.ece - (0.1 + 0.2 + 0.6) / 4) <= 1e-12)
  }

  /// Thirty-one images: bins of equal mass hold 3, then 2 of them, by rising confidence.
  @Test func binsOfEqualMass() {
    let confidences = (0..<31).map { 0.5 + Double($0 * 7 % 31) / 64 }
    let labels = (0..<31).map { UInt8($0 % 3 == 0 ? 1 : 0) }
    let order = (0..<31).sorted { confidences[$0] < confidences[$1] }
    var expected = 0.0
    var next = 0
    for length in [3] + [Int](repeating: 2, count: 14) {
      let bin = order[next..<next + length]
      next += length
      expected += abs(bin.reduce(0) { $0 + confidences[$1] - (labels[$1] == 0 ? 1 : 0) })
    }
    #expect(next == 31)
    #expect(abs(scores(confidences, labels).adaptiveECE - expected / 31) <= 1e-12)
  }

  /// Probabilities that are too sure by a known temperature.
  @Test func temperatureIsFound() throws {
    // Of 10 images with probability 0.8 eight are right: nothing to scale. With sharpened probabilities
    // s^2 / (s^2 + (1-s)^2) the temperature is 2.
    let labels = (0..<10).map { UInt8($0 < 8 ? 0 : 1) }
    for (probability, expected) in [(0.8, 1.0), (0.64 / 0.68, 2.0)] {
      let probabilities = labels.flatMap { _ in [probability, 1 - probability] }
      let scaling = try #require(
        TemperatureScaling(fittedTo: probabilities, classCount: 2, labels: labels))
      #expect(abs(scaling.temperature - expected) <= 1e-9)
      let scaled = scaling.apply(to: probabilities, classCount: 2)
      #expect(abs(scaled[0] - 0.8) <= 1e-9 && abs(scaled[1] - 0.2) <= 1e-9)
    }
  }

  @Test func temperatureWithoutAMinimum() throws {
    func fit(_ p: [Double], _ labels: [UInt8]) -> Double? {
      TemperatureScaling(
        fittedTo: p.flatMap { [$0, 1 - $0] }, classCount: 2, labels: labels)?.temperature
    }
    #expect(fit([0.7, 0.8], [0, 0]) == 0.01)
    #expect(fit([0.7, 0.8], [1, 1]) == 100)
    #expect(fit([0.5, 0.5], [0, 1]) == 1)
    #expect(fit([], []) == nil)
  }

  /// Pairs counted one by one, with equal scores.
  @Test func outlierDetectionCountsPairs() {
    let random = CounterRandom(seed: 4, purpose: .test)
    let inliers = (0..<60).map { Double(random.integer($0, below: 12)) }
    let outliers = (60..<100).map { Double(random.integer($0, below: 12) + 3) }
    let detection = OutlierDetection(inliers: inliers, outliers: outliers)
    var pairs = 0.0
    for x in inliers { for y in outliers { pairs += y > x ? 1 : y == x ? 0.5 : 0 } }
    #expect(abs(detection.auroc - pairs / 2400) <= 1e-12)
    var (precision, recall, fpr95) = (0.0, 0.0, 1.0)
    for threshold in Set(inliers + outliers).sorted(by: >) {
      let found = Double(outliers.count { $0 >= threshold })
      let alarms = Double(inliers.count { $0 >= threshold })
      precision += (found / 40 - recall) * found / (found + alarms)
      recall = found / 40
      if recall >= 0.95 { fpr95 = min(fpr95, alarms / 60) }
    }
    #expect(abs(detection.aupr - precision) <= 1e-12)
    #expect(detection.fpr95 == fpr95)
    #expect(detection.auroc > 0.6 && fpr95 < 1)
  }

  @Test func outlierDetectionAtTheExtremes() {
    let apart = OutlierDetection(inliers: [1, 2], outliers: [3, 4])
    #expect(apart == OutlierDetection(inliers: [-5], outliers: [7]))
    #expect([apart.auroc, apart.aupr, apart.fpr95] == [1, 1, 0])
    let equal = OutlierDetection(inliers: [0, 0, 0], outliers: [0])
    #expect([equal.auroc, equal.aupr, equal.fpr95] == [0.5, 0.25, 1])
  }

  @Test func sizesOfEnsembles() {
    #expect(EnsembleSizeScore.sizes(upTo: 1) == [1])
    #expect(EnsembleSizeScore.sizes(upTo: 2) == [1, 2])
    #expect(EnsembleSizeScore.sizes(upTo: 12) == [1, 2, 5, 10, 12])
    #expect(EnsembleSizeScore.sizes(upTo: 200) == [1, 2, 5, 10, 20, 50, 100, 200])
  }
}
