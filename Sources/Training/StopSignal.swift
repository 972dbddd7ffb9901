// Signals that ask the program to save and stop.

import Glibc
import Synchronization

private let received = Atomic<Int32>(0)

/// SIGTERM, SIGINT and SIGUSR1 ask for the end: the step at hand is finished, a checkpoint saved.
public enum StopSignal {
  /// Replaces these signals' default actions. A second SIGINT ends the program at once; the others come
  /// more than once without meaning it, from a launcher and from the batch system.
  public static func install() {
    received.store(0, ordering: .relaxed)
    // A launcher may have left them blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGUSR1] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let earlier = received.exchange(number, ordering: .relaxed)
        if earlier == SIGINT && number == SIGINT { _exit(1) }
      }
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
      sigaddset(&signals, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The signal this process received, if any.
  public static var number: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  public static var name: String? {
    switch number {
    case SIGTERM: "SIGTERM"
    case SIGINT: "SIGINT"
    case SIGUSR1: "SIGUSR1"
    default: nil
    }
  }
}
