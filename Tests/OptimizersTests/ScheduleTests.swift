// Schedules against their formulas, at both ends and between.

import Numerics
import Optimizers
import Testing

@Suite struct ScheduleTests {
  /// Without anything else, the decay that was there before there were schedules, bit by bit.
  @Test func exponentialDecaysAtEachStep() {
    let schedule = Schedule(initial: 3e-4, decay: 0.99998, steps: 10)
    for step in [1, 2, 10, 13_000] {
      #expect(schedule.value(at: step) == 3e-4 * power(0.99998, step - 1))
    }
    #expect(!schedule.dependsOnLength)
  }

  @Test(arguments: Schedule.Shape.allCases)
  func startsAtInitialAndEndsAtFinal(shape: Schedule.Shape) {
    let schedule = Schedule(
      shape: shape, initial: 4e-5, final: 1e-6, warmupSteps: 20, steps: 300)
    #expect(schedule.dependsOnLength)
    #expect(schedule.value(at: 20) == 4e-5)
    #expect(abs(schedule.value(at: 300) - 1e-6) <= 1e-18)
    #expect(schedule.value(at: 1_000) == schedule.value(at: 300))
    let values = (20...300).map { schedule.value(at: $0) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test(arguments: Schedule.Shape.allCases)
  func warmUpRisesInProportionToTheStep(shape: Schedule.Shape) {
    let schedule = Schedule(
      shape: shape, initial: 2, final: 1, warmupSteps: 10, steps: 100)
    for step in 1..<10 { #expect(abs(schedule.value(at: step) - 0.2 * Double(step)) <= 1e-15) }
  }

  @Test func halfWay() {
    func value(_ shape: Schedule.Shape, at step: Int) -> Double {
      Schedule(shape: shape, initial: 4, final: 1, steps: 101).value(at: step)
    }
    #expect(abs(value(.exponential, at: 51) - 2) <= 1e-15)
    #expect(value(.linear, at: 51) == 2.5)
    #expect(abs(value(.cosine, at: 51) - 2.5) <= 1e-15)
    #expect(abs(value(.cosine, at: 26) - (1 + 3 * (1 + 0.5.squareRoot()) / 2)) <= 1e-14)
    #expect(value(.constantThenLinear, at: 51) == 4)
    #expect(value(.constantThenLinear, at: 76) == 2.5)
  }

  /// A length that leaves no room behind the warm-up.
  @Test(arguments: Schedule.Shape.allCases)
  func shortTrainings(shape: Schedule.Shape) {
    for steps in 1...3 {
      let schedule = Schedule(shape: shape, initial: 1, final: 0.5, warmupSteps: 3, steps: steps)
      #expect((1...5).allSatisfy { schedule.value(at: $0).isFinite && schedule.value(at: $0) > 0 })
    }
  }
}
