// How many networks of a pool a likelihood corresponds to.

import Testing

@testable import Evaluation

@Suite struct DeepEnsembleEquivalentTests {
  private func curve(_ means: [Double], deviations: [Double]) -> EnsembleCurve {
    EnsembleCurve(
      points: means.indices.map { place in
        var point = EnsembleCurve.Point()
        point.size = place + 1
        point.calibratedLogLikelihood = means[place]
        point.deviation = deviations[place]
        return point
      })
  }

  @Test func betweenSizes() throws {
    let pool = curve([-1, -0.8, -0.7, -0.65], deviations: [0.1, 0.04, 0.02, 0])
    let worth = try #require(DeepEnsembleEquivalent(of: -0.75, curve: pool))
    #expect(worth.pool == 4)
    #expect(abs(try #require(worth.size) - 2.5) < 1e-12)
    // mean + std: -0.9, -0.76, -0.68, -0.65; mean - std: -1.1, -0.84, -0.72, -0.65.
    #expect(abs(try #require(worth.least) - (2 + 1.0 / 8)) < 1e-12)
    #expect(abs(try #require(worth.most) - (2 + 9.0 / 12)) < 1e-12)
  }

  /// Worse than one network is 1, better than all is unknown; what one network reaches by chance has a lower end of 1.
  @Test func ends() {
    let pool = curve([-1, -0.8, -0.7], deviations: [0.1, 0.05, 0])
    let worse = DeepEnsembleEquivalent(of: -2, curve: pool)
    #expect(worse?.size == 1 && worse?.least == 1 && worse?.most == 1)
    let better = DeepEnsembleEquivalent(of: -0.69, curve: pool)
    #expect(better != nil && better?.size == nil && better?.most == nil)
    let near = DeepEnsembleEquivalent(of: -0.92, curve: pool)
    #expect(near?.least == 1 && near?.size != 1)
  }

  /// Where a curve falls for a while, the first place that reaches the value counts.
  @Test func firstOfSeveral() {
    #expect(DeepEnsembleEquivalent.first(reaching: -0.8, of: [-1, -0.7, -0.9, -0.6])! < 2)
    #expect(DeepEnsembleEquivalent.first(reaching: -0.65, of: [-1, -0.7, -0.9, -0.6])! > 3)
  }

  /// A curve that lacks a size cannot tell.
  @Test func needsEverySize() {
    var points = curve([-1, -0.8], deviations: [0, 0]).points
    points[1].size = 5
    #expect(DeepEnsembleEquivalent(of: -0.9, curve: EnsembleCurve(points: points)) == nil)
    points[1].size = 2
    points[1].calibratedLogLikelihood = nil
    #expect(DeepEnsembleEquivalent(of: -0.9, curve: EnsembleCurve(points: points)) == nil)
  }
}
