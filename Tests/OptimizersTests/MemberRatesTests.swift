// Rates of networks that train alone.

import Optimizers
import Testing

@Suite struct MemberRatesTests {
  private func expect(
    _ rates: MemberRates, _ expected: [(step: Int, rate: Double)],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (step, rate) in expected {
      #expect(
        abs(rates.value(at: step) - rate) <= 1e-12 * max(rate, 1e-3), "step \(step)",
        sourceLocation: sourceLocation)
    }
  }

  /// ResNet-32's: 0.1 up to step 32,000, a tenth up to 48,000, a hundredth from there on.
  @Test func drops() {
    let rates = MemberRates.recipe(
      base: Schedule(initial: 0.1, steps: 64_000), drops: [48_000, 32_000], factor: 0.1)
    expect(
      rates,
      [
        (1, 0.1), (32_000, 0.1), (32_001, 0.01), (48_000, 0.01), (48_001, 0.001), (64_000, 0.001),
      ])
    #expect(!rates.dependsOnLength)
  }

  @Test func dropsOfASchedule() {
    let base = Schedule(shape: .cosine, initial: 1, steps: 101)
    let rates = MemberRates.recipe(base: base, drops: [51], factor: 0.5)
    expect(rates, [(51, 0.5), (52, 0.5 * base.value(at: 52))])
    #expect(rates.dependsOnLength)
  }

  /// Constant for half of the way to where averages begin, down along a line to nine tenths of it.
  @Test func averaging() {
    let rates = MemberRates.averaging(initial: 0.05, final: 0.01, start: 1000)
    expect(
      rates,
      [(1, 0.05), (501, 0.05), (701, 0.03), (801, 0.02), (901, 0.01), (1001, 0.01), (5000, 0.01)])
  }

  /// Half a cosine in each cycle, begun anew.
  @Test func cycles() {
    let rates = MemberRates.cycles(largest: 0.2, length: 4)
    let half = 0.2 * (1 + 0.5.squareRoot()) / 2
    expect(
      rates, [(1, 0.2), (2, half), (3, 0.1), (4, 0.2 - half), (5, 0.2), (6, half), (8, 0.2 - half)])
  }
}
