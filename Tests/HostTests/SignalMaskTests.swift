// Which signals a thread is left with.

import Glibc
import Testing

@testable import Host

@Suite struct SignalMaskTests {
  /// What `body` leaves blocked of `signals`, on a thread of its own that began with none blocked.
  private func blocked(_ signals: [Int32], after body: @escaping @Sendable () -> Void) -> [Int32] {
    final class Work: @unchecked Sendable {
      let body: @Sendable () -> Void
      var mask = sigset_t()
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let work = Work(body)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        let work = Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue()
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        work.body()
        pthread_sigmask(SIG_SETMASK, nil, &work.mask)
        return nil
      }, Unmanaged.passUnretained(work).toOpaque())
    pthread_join(thread, nil)
    return signals.filter { sigismember(&work.mask, $0) == 1 }
  }

  @Test func namedSignalsAreBlockedAndUnblocked() {
    let signals = [SIGTERM, SIGUSR1, SIGINT]
    #expect(blocked(signals) {} == [])
    #expect(blocked(signals) { SignalMask.block([SIGTERM, SIGUSR1]) } == [SIGTERM, SIGUSR1])
    #expect(
      blocked(signals) {
        SignalMask.block([SIGTERM, SIGUSR1])
        SignalMask.unblock([SIGTERM])
      } == [SIGUSR1])
  }

  /// A thread that computes still dies of its own faults.
  @Test func allButFaultsAreBlocked() {
    let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP]
    let others = [SIGTERM, SIGINT, SIGALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE]
    #expect(blocked(faults + others) { SignalMask.blockAll() } == others)
  }
}
