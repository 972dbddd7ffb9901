// Means, middles and largest places against values known by hand.

import Glibc
import Numerics
import Testing

@Suite struct StatisticsTests {
  /// psi(n + 1) = psi(n) + 1/n, and psi(n) is log n - 1/(2n) - 1/(12 n^2) + 1/(120 n^4) for large n.
  @Test func digammaIsTheHarmonicSumWithoutEulersConstant() {
    #expect(Statistics.digamma(1) == -0.577_215_664_901_532_9)
    #expect(abs(Statistics.digamma(2) - 0.422_784_335_098_467_1) <= 1e-15)
    for n in [20, 1_000, 30_000] {
      let x = Double(n)
      let series = log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * x * x * x * x)
      #expect(abs(Statistics.digamma(n) - series) <= 1e-9)
    }
  }

  @Test func medianIsTheGreaterOfTwoMiddles() {
    #expect(Statistics.median([3]) == 3)
    #expect(Statistics.median([5, 1, 2]) == 2)
    #expect(Statistics.median([4, 1, 3, 2]) == 3)
  }

  @Test func meanOfNothingIsNotANumber() {
    #expect(Statistics.mean([1, 2, 6]) == 3)
    #expect(Statistics.mean([]).isNaN)
  }

  @Test func argmaxIsTheFirstOfEquals() {
    #expect(Statistics.argmax([1, 4, 2, 4]) == 1)
    #expect(Statistics.argmax([7]) == 0)
    // Counted from the slice's own beginning.
    #expect(Statistics.argmax([9, 1, 4, 2, 4][1...]) == 1)
    #expect(Statistics.argmax([0.5, .nan, 0.7]) == 2)
    let values = SharedBuffer<Float>(count: 5)
    values.view.copy(from: [1, 4, 2, 4, 4] as [Float])
    #expect(Statistics.argmax(values.view) == 1)
  }

  @Test func deviationOfASample() {
    #expect(Statistics.sampleDeviation([1, 3]) == 2.0.squareRoot())
    #expect(Statistics.sampleDeviation([5, 5, 5]) == 0)
    #expect(Statistics.sampleDeviation([7]).isNaN)
  }
}
