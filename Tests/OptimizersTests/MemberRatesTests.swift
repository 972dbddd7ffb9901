// Rates that drop.

import Optimizers
import Testing

@Suite struct MemberRatesTests {
  /// ResNet-32's: 0.1 up to step 32,000, a tenth up to 48,000, a hundredth from there on.
  @Test func drops() {
    let rates = MemberRates(
      base: Schedule(initial: 0.1, steps: 64_000), drops: [48_000, 32_000], dropFactor: 0.1)
    for (step, expected) in [
      (1, 0.1), (32_000, 0.1), (32_001, 0.01), (48_000, 0.01), (48_001, 0.001), (64_000, 0.001),
    ] {
      #expect(abs(rates.value(at: step) / expected - 1) <= 1e-12)
    }
    #expect(!rates.dependsOnLength)
  }

  @Test func dropsOfASchedule() {
    let base = Schedule(shape: .cosine, initial: 1, steps: 101)
    let rates = MemberRates(base: base, drops: [51], dropFactor: 0.5)
    #expect(abs(rates.value(at: 51) - 0.5) <= 1e-12)
    #expect(rates.value(at: 52) == 0.5 * base.value(at: 52))
    #expect(rates.dependsOnLength)
  }
}
