// Scores that tell outliers from the rest, against pairs counted one by one.

import Evaluation
import Numerics
import Testing

@Suite struct OutlierDetectionTests {
  /// Pairs counted one by one, with equal scores.
  @Test func figuresAreThoseOfPairsCounted() {
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

  @Test func extremes() {
    let apart = OutlierDetection(inliers: [1, 2], outliers: [3, 4])
    #expect(apart == OutlierDetection(inliers: [-5], outliers: [7]))
    #expect([apart.auroc, apart.aupr, apart.fpr95] == [1, 1, 0])
    let equal = OutlierDetection(inliers: [0, 0, 0], outliers: [0])
    #expect([equal.auroc, equal.aupr, equal.fpr95] == [0.5, 0.25, 1])
  }

  /// A score that is not a number is above nothing and below nothing: there are no figures, and an end.
  @Test(.timeLimit(.minutes(1))) func scoresThatAreNotNumbersHaveNoFigures() {
    for (inliers, outliers) in [([1, .nan, 0], [2, 3]), ([1, 2], [Double.nan])] {
      let detection = OutlierDetection(inliers: inliers, outliers: outliers)
      #expect(detection.auroc.isNaN && detection.aupr.isNaN && detection.fpr95.isNaN)
    }
    let infinite = OutlierDetection(inliers: [-.infinity, 0], outliers: [.infinity])
    #expect([infinite.auroc, infinite.aupr, infinite.fpr95] == [1, 1, 0])
  }
}
