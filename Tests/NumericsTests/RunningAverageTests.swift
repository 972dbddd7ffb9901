// How much of a running average remains at each step.

import Numerics
import Testing

@Suite struct RunningAverageTests {
  @Test(arguments: [
    (Float(0.75), 1, Float(0)), (0.75, 2, 0.5), (0.75, 3, 1 - 1 / 3 as Float), (0.75, 4, 0.75),
    (0.75, 5, 0.75), (0.75, 1_000_000_000, 0.75), (0, 1, 0), (0, 7, 0), (0.999, 1000, 0.999),
  ])
  func decays(limit: Float, step: Int, expected: Float) {
    #expect(RunningAverage.decay(limit, step: step) == expected)
  }
}
