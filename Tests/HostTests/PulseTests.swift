// Marks that one thread leaves and another reads.

import Host
import Testing

@Suite struct PulseTests {
  private struct Failure: Error {}

  @Test func stagesMarkTheirBeginningAndEnd() {
    let pulse = Pulse()
    #expect((pulse.stage, pulse.step, pulse.marks, pulse.beats) == (.start, 0, 0, 0))
    let value = pulse.during(.validation, step: 12) {
      #expect((pulse.stage, pulse.step, pulse.marks) == (.validation, 12, 1))
      pulse.beat()
      return 5
    }
    #expect(value == 5)
    #expect((pulse.marks, pulse.beats) == (2, 3))
    #expect(throws: Failure.self) {
      try pulse.during(.checkpoint, step: 13) { () throws(Failure) in throw Failure() }
    }
    #expect((pulse.stage, pulse.step, pulse.marks) == (.checkpoint, 13, 4))
  }
}
