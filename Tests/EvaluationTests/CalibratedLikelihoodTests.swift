// The likelihood at temperatures of the other half.

import Foundation
import Host
import Numerics
import Testing

@testable import Evaluation

@Suite struct CalibratedLikelihoodTests {
  /// Probabilities that are right in `right` of ten images, each as sure as `sure`.
  private func value(sure: Double, right: Int, images: Int = 400, threads: Int = 1) -> Double? {
    let labels = (0..<images).map { ClassLabel($0 % 10 < right ? 0 : 1) }
    let probabilities = (0..<images).flatMap { _ in [sure, 1 - sure] }
    return CalibratedLikelihood(
      probabilities: probabilities, classCount: 2, labels: labels, seed: 3,
      pool: WorkerPool(threadCount: threads))?.value
  }

  /// However sure the networks are, the calibrated likelihood is that of honest probabilities, less what the halves differ by.
  @Test(arguments: [0.6, 0.9, 0.999])
  func surenessIsTakenOut(sure: Double) throws {
    let honest = 0.7 * log(0.7) + 0.3 * log(0.3)
    let found = try #require(value(sure: sure, right: 7))
    #expect(found <= honest + 1e-9 && found >= honest - 0.02)
    #expect(value(sure: sure, right: 7, threads: 3) == found)
  }

  @Test func halves() {
    for repetition in 0..<CalibratedLikelihood.repeats {
      let order = CalibratedLikelihood.order(of: 11, repetition, seed: 1)
      #expect(order.sorted() == Array(0..<11))
    }
    #expect(
      CalibratedLikelihood.order(of: 50, 0, seed: 1)
        != CalibratedLikelihood.order(of: 50, 1, seed: 1))
    #expect(value(sure: 0.6, right: 7, images: 1) == nil)
    #expect(value(sure: 0.6, right: 7, images: 2) != nil)
  }
}
