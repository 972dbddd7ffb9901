// One step with everything that MPI is told.

import Collectives
import Host

/// What a rank did in a step: messages, computing, phases.
public final class StepTrace {
  public private(set) var step = 0
  public private(set) var actions: [MessageAction] = []
  public private(set) var messages: [MessageRecorder.Interval] = []
  public private(set) var phases: [PhaseLog.Entry] = []
  /// When all ranks were ready, by this rank's clock.
  public private(set) var start = 0.0
  /// An operation of which MPI's messages are not known, if there was one.
  public private(set) var unknown: String?

  public init() {}

  /// Records `body`, before and after which nothing is under way. Collective.
  func record(
    _ step: Int, _ clock: PhaseClock, _ communicator: Communicator, _ body: () throws -> Void
  ) throws {
    try communicator.barrier()
    let (recorder, log) = (MessageRecorder(), PhaseLog())
    self.step = step
    start = monotonicSeconds()
    CommunicationMeter.shared.recorder = recorder
    clock.log = log
    defer {
      CommunicationMeter.shared.recorder = nil
      clock.log = nil
    }
    try body()
    recorder.finish()
    (actions, messages, phases) = (recorder.actions, recorder.intervals, log.entries)
    unknown = recorder.unknown
  }
}
