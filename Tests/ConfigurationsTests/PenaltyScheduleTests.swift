// How a penalty comes in.

import Configurations
import Testing

@Suite struct PenaltyScheduleTests {
  @Test func values() {
    #expect(PenaltySchedule().value(at: 1) == 1)
    let late = PenaltySchedule(weight: 0.5, from: 3)
    #expect([1, 3, 4, 100].map(late.value) == [0, 0, 0.5, 0.5])
    let rising = PenaltySchedule(weight: 2, from: 2, warmup: 4)
    #expect([1, 2, 3, 4, 6, 7].map(rising.value) == [0, 0, 0.5, 1, 2, 2])
  }
}
