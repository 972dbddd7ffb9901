// Scores of regressions against NumPy and SciPy.

import Evaluation
import Numerics
import TestSupport
import Testing

@Suite struct RegressionScoresTests {
  private static let (networks, images, targets) = (5, 12, 2)

  /// Those of Golden/regression.py.
  static func predictions(withDeviations: Bool = true) -> MemberPredictions {
    let count = networks * images * targets
    let means = SharedBuffer<Float>(count: count)
    let deviations = SharedBuffer<Float>(count: count)
    for index in 0..<count {
      means.view[index] = 2 * GoldenNumbers.signed(tensor: 211, index: index)
      deviations.view[index] = 0.1 + GoldenNumbers.uniform(tensor: 212, index: index)
    }
    return MemberPredictions(
      networkCount: networks, targetCount: targets, means: means,
      deviations: withDeviations ? deviations : nil,
      observed: (0..<images * targets).map {
        2 * Double(GoldenNumbers.signed(tensor: 213, index: $0))
      })
  }

  private func expect(_ found: [Double], _ expected: [Double], within bound: Double) {
    #expect(found.count == expected.count)
    for (own, theirs) in zip(found, expected) {
      #expect(abs(own - theirs) <= bound * max(1, abs(theirs)), "\(own), by SciPy \(theirs)")
    }
  }

  @Test func equalsSciPy() throws {
    let golden = try GoldenCase(named: "regression")
    let predictions = Self.predictions()
    let scores = RegressionScores(predictions, first: Self.networks, noise: nil)
    expect([scores.rmse], [golden.number("rmse")], within: 1e-9)
    expect([scores.mae], [golden.number("mae")], within: 1e-9)
    expect(scores.targetRMSE, golden.numbers("targetRMSE"), within: 1e-9)
    expect([scores.nll], [golden.number("nll")], within: 1e-9)
    expect([scores.crps], [golden.number("crps")], within: 1e-7)
    expect(scores.intervals.map(\.coverage), golden.numbers("coverage"), within: 1e-12)
    expect(scores.intervals.map(\.width), golden.numbers("width"), within: 1e-9)
    expect(scores.calibration, golden.numbers("calibration"), within: 1e-12)
    expect(scores.spread.map(\.deviation), golden.numbers("spreadDeviation"), within: 1e-9)
    expect(scores.spread.map(\.rmse), golden.numbers("spreadRMSE"), within: 1e-9)
    expect([scores.deviation], [golden.number("deviation")], within: 1e-9)
    expect([scores.networkSpread], [golden.number("networkSpread")], within: 1e-9)

    let result = RegressionResult(predictions, scores: scores, noise: nil)
    expect(result.networkRMSE, golden.numbers("networkRMSE"), within: 1e-9)
    expect(result.networkMAE, golden.numbers("networkMAE"), within: 1e-9)
    expect(result.networkNLL, golden.numbers("networkNLL"), within: 1e-9)
  }

  @Test func noiseIsTheMostLikely() throws {
    let golden = try GoldenCase(named: "regression")
    let predictions = Self.predictions(withDeviations: false)
    expect(NoiseFit.deviations(predictions), golden.numbers("noise"), within: 2e-3)
  }

  /// Networks that are exactly right have no noise to speak of, and no score that is no number.
  @Test func networksWithoutErrors() {
    let means = SharedBuffer<Float>(count: 6)
    means.view.copy(from: [1, 2, 3, 1, 2, 3] as [Float])
    let predictions = MemberPredictions(
      networkCount: 2, targetCount: 1, means: means, deviations: nil, observed: [1, 2, 3])
    let noise = NoiseFit.deviations(predictions)
    #expect(noise[0] > 0)
    let scores = RegressionScores(predictions, first: 2, noise: noise)
    #expect(scores.rmse == 0 && scores.nll.isFinite && scores.crps.isFinite)
    #expect(scores.intervals.allSatisfy { $0.coverage == 1 && $0.width.isFinite })
  }

  /// The first networks alone.
  @Test func aPrefixIsAnEnsembleOfItsOwn() {
    let all = Self.predictions()
    let scores = RegressionScores(all, first: 1, noise: nil)
    let result = RegressionResult(all, scores: scores, noise: nil)
    #expect(abs(scores.rmse - result.networkRMSE[0]) <= 1e-12)
    #expect(abs(scores.nll - result.networkNLL[0]) <= 1e-12)
    #expect(scores.networkSpread == 0)
  }
}
