// Scores of probabilities against plain computations and known cases.

import Evaluation
import Glibc
import Numerics
import Testing

@Suite struct CalibrationScoresTests {
  /// Two classes; the first has probability `p`.
  private func scores(_ p: [Double], _ labels: [ClassLabel]) -> CalibrationScores {
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
    let labels = (0..<31).map { ClassLabel($0 % 3 == 0 ? 1 : 0) }
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

  /// Nothing traps on what a network that has diverged would say; the scores are then none.
  @Test func probabilitiesThatAreNotNumbersHaveNoCalibration() {
    for strange in [Double.nan, .infinity] {
      let result = scores([0.9, strange, 0.6], [0, 1, 1])
      #expect(result.ece.isNaN && result.adaptiveECE.isNaN)
    }
  }
}
