// Where a step's time goes when phases run within phases.

import Host
import Testing

@Suite struct PhaseClockTests {
  private func work(_ seconds: Double) {
    let end = monotonicSeconds() + seconds
    while monotonicSeconds() < end {}
  }

  private func sum(_ clock: PhaseClock) -> Double { Phase.allCases.reduce(0) { $0 + clock[$1] } }

  /// Each moment counts once, for the innermost phase.
  @Test func innerTimeIsNotTheOuters() {
    let clock = PhaseClock()
    var inner = 0.0
    func communicate() {
      clock.measure(.communication) {
        let begin = monotonicSeconds()
        work(0.02)
        inner += monotonicSeconds() - begin
      }
    }
    let begin = monotonicSeconds()
    clock.measureStep(1) {
      work(0.005)
      clock.measure(.backward) {
        communicate()
        work(0.01)
        communicate()
      }
    }
    let elapsed = monotonicSeconds() - begin
    #expect(clock[.communication] >= inner)
    #expect(clock[.backward] >= 0.01)
    #expect(clock[.other] >= 0.005)
    #expect(clock[.targets] == 0)
    // Nothing counts twice, and nothing is lost.
    #expect(sum(clock) <= elapsed)
    #expect(clock[.backward] <= elapsed - inner - 0.005)
    #expect(sum(clock) >= inner + 0.015)
  }

  @Test func timeBetweenStepsDoesNotCount() {
    let clock = PhaseClock()
    clock.measureStep(1) { work(0.001) }
    let before = sum(clock)
    work(0.02)
    clock.measureStep(2) {}
    #expect(sum(clock) - before < 0.02)
    clock.reset()
    #expect(sum(clock) == 0)
  }

  private struct Failure: Error {}

  /// An error ends all phases it passes.
  @Test func errorsEndPhases() throws {
    let clock = PhaseClock()
    #expect(throws: Failure.self) {
      try clock.measureStep(1) {
        try clock.measure(.targets) { () throws(Failure) in throw Failure() }
      }
    }
    let before = sum(clock)
    work(0.01)
    let value = clock.measureStep(2) { clock.measure(.diversity) { 7 } }
    #expect(value == 7)
    #expect(sum(clock) - before < 0.01)
  }

  /// Who watches sees the step and the phase, and every beginning and end.
  @Test func pulseFollows() {
    let clock = PhaseClock()
    #expect(clock.pulse.stage == .start)
    clock.measureStep(41) {
      clock.measure(.backward) {
        #expect(clock.pulse.stage == .backward)
        #expect(clock.pulse.step == 41)
        let marks = clock.pulse.marks
        let beats = clock.pulse.beats
        clock.measure(.communication) {
          // Called by the phase that waits.
          #expect(clock.pulse.stage == .backward)
          #expect(clock.pulse.marks == marks + 1)
        }
        #expect(clock.pulse.stage == .backward)
        #expect(clock.pulse.marks == marks + 2)
        #expect(clock.pulse.beats == beats + 2)
      }
      clock.measure(.optimizer) { #expect(clock.pulse.stage == .optimizer) }
    }
    // A step, two phases and one within: each begins and ends.
    #expect(clock.pulse.marks == 8)
  }

  @Test(arguments: Phase.allCases) func everyPhaseIsCounted(phase: Phase) {
    let clock = PhaseClock()
    clock.measureStep(1) { clock.measure(phase) { work(0.001) } }
    #expect(clock[phase] >= 0.001)
  }
}
