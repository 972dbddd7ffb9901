// Efficiency and its interval.

import Testing

@testable import Scaling

@Suite struct EfficiencyTests {
  @Test func ratioOfMedians() {
    let efficiency = Efficiency(
      rounds: [(8, 5), (9, 4), (10, 6)], work: 0.5)
    #expect(efficiency.value == 0.5 * 9 / 5)
    #expect(efficiency.low <= efficiency.value && efficiency.value <= efficiency.high)
  }

  /// Drawn rounds are pairs: what slows a whole round leaves the ratio alone.
  @Test func roundsAreDrawnInPairs() {
    let rounds = [1.0, 2, 4, 8, 16].map { (base: 2 * $0, point: $0) }
    let efficiency = Efficiency(rounds: rounds, work: 1)
    #expect(efficiency.value == 2 && efficiency.low == 2 && efficiency.high == 2)
  }

  @Test func intervalHoldsTheSpreadOfRounds() {
    let rounds = (0..<20).map { (base: 1.0, point: 1 + 0.01 * Double($0)) }
    let efficiency = Efficiency(rounds: rounds, work: 1)
    #expect(efficiency.low > 1 / 1.19 && efficiency.high < 1)
    #expect(efficiency.high - efficiency.low > 0.02)
  }

  @Test func oneRoundHasNoInterval() {
    let efficiency = Efficiency(rounds: [(3, 2)], work: 1)
    #expect(efficiency.value == 1.5 && efficiency.low.isNaN && efficiency.high.isNaN)
  }
}
