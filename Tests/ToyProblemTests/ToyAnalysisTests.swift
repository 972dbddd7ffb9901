// What is said of a curve whose course is known.

import Numerics
import Testing
import ToyProblem

@Suite struct ToyAnalysisTests {
  private let mixture = GaussianMixture(count: 10, seed: 1)

  /// A curve without hidden layers is the line through `start` and `start` + 2 `half`, run through evenly.
  private func analysis(from start: Point, half: Point) -> ToyAnalysis {
    let curve = ToyCurve(hidden: [])
    let parameters = AlignedBuffer<Float>(count: curve.layout.count)
    let middle = start + half
    parameters.view.copy(from: [Float(half.x), Float(half.y), Float(middle.x), Float(middle.y)])
    return ToyAnalysis(curve, parameters: parameters.view, mixture: mixture, count: 201)
  }

  @Test func lineIsEquallyDense() {
    let samples = analysis(from: Point(-3, -4), half: Point(3, 4)).samples
    #expect(samples.count == 201)
    #expect(samples.first?.z == -1 && samples.last?.z == 1)
    for sample in samples {
      // Ten long, probability 1 in all.
      #expect(abs(sample.density - 0.1) <= 1e-6)
      #expect(abs(sample.point.x - 3 * sample.z) + abs(sample.point.y - 4 * sample.z) <= 1e-5)
    }
  }

  @Test func peaksArePassedWithinOneSigma() {
    let target = mixture.components[3]
    for (beside, passed) in [(0.0, true), (0.9, true), (1.2, false)] {
      let height = target.mean.y + beside * target.sigma
      let analysis = analysis(from: Point(target.mean.x - 1, height), half: Point(1, 0))
      let peak = analysis.peaks[3]
      #expect(abs(peak.distance - beside * target.sigma) <= 1e-5)
      #expect(abs(peak.z) <= 0.01)
      #expect(peak.isPassed == passed)
      #expect(analysis.passedCount == analysis.peaks.count { $0.distance <= $0.component.sigma })
    }
  }
}
