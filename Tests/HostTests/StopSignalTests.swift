// Signals that ask a run to end, each tried in a process of its own.

import Glibc
import Host
import Testing

@Suite struct StopSignalTests {
  @Test(arguments: [SIGTERM, SIGINT, SIGUSR1, SIGHUP])
  func aSignalIsRememberedAndEndsNothing(number: Int32) async {
    await #expect(processExitsWith: .exitCode(7)) { [number] in
      guard StopSignal.number == nil && StopSignal.name == nil else { exit(1) }
      StopSignal.listen()
      StopSignal.handleElsewhere()
      kill(getpid(), number)
      for _ in 0..<2_000 where StopSignal.number == nil { usleep(5_000) }
      let names = [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGUSR1: "SIGUSR1", SIGHUP: "SIGHUP"]
      exit(StopSignal.number == number && StopSignal.name == names[number] ? 7 : 1)
    }
  }

  /// Launcher and batch system send SIGTERM more than once; a second SIGINT is somebody's who does not want to wait.
  @Test func aSecondInterruptEndsTheProgramAtOnce() async {
    await #expect(processExitsWith: .exitCode(1)) {
      StopSignal.listen()
      StopSignal.handleElsewhere()
      for number in [SIGTERM, SIGTERM, SIGINT, SIGINT] {
        kill(getpid(), number)
        for _ in 0..<2_000 where StopSignal.number != number { usleep(5_000) }
        usleep(100_000)
      }
      exit(7)
    }
  }

  /// nohup starts programs that a log-out does not end.
  @Test func anIgnoredHangUpStaysIgnored() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGHUP, SIG_IGN)
      StopSignal.listen()
      StopSignal.handleElsewhere()
      kill(getpid(), SIGHUP)
      usleep(200_000)
      exit(StopSignal.number == nil ? 7 : 1)
    }
  }

  /// A launcher may have left them blocked, and threads that compute take none.
  @Test func blockedSignalsArriveToo() async {
    await #expect(processExitsWith: .exitCode(7)) {
      SignalMask.blockAll()
      StopSignal.listen()
      StopSignal.handleElsewhere()
      kill(getpid(), SIGTERM)
      for _ in 0..<2_000 where StopSignal.number == nil { usleep(5_000) }
      exit(StopSignal.name == "SIGTERM" ? 7 : 1)
    }
  }
}
