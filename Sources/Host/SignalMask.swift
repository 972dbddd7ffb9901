// Which threads signals may interrupt.

import Glibc

/// Keeps signals away from threads that compute.
///
/// oneDNN's matrix products use the stack pointer as an ordinary register, pointing into the heap: a signal handled on
/// such a thread writes its frame over other memory (oneDNN 2.6.3: under a timer's signals `dnnl_sgemm` ended in a
/// corrupted heap for most shapes that were tried). So these threads let others take signals.
package enum SignalMask {
  /// The calling thread, and threads it starts from now on, are not interrupted by `signals`.
  package static func block(_ signals: [Int32]) { change(SIG_BLOCK, signals) }

  package static func unblock(_ signals: [Int32]) { change(SIG_UNBLOCK, signals) }

  /// The calling thread is interrupted by its own faults alone.
  package static func blockAll() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_SETMASK, &signals, nil)
  }

  private static func change(_ how: Int32, _ numbers: [Int32]) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(how, &signals, nil)
  }
}
