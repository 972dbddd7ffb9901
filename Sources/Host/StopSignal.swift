// Signals that ask the program to save and stop.

import Glibc
import Synchronization

private let received = Atomic<Int32>(0)
private let numbers = [SIGTERM, SIGINT, SIGUSR1]

/// SIGTERM, SIGINT and SIGUSR1 ask for the end: the step at hand is finished, a checkpoint saved.
public enum StopSignal {
  /// Replaces these signals' default actions. A second SIGINT ends the program at once; the others come
  /// more than once without meaning it, from a launcher and from the batch system.
  ///
  /// They are handled on a thread of their own, or one of a library's, never on the calling thread (``SignalMask``). Call
  /// it once.
  public static func install() {
    received.store(0, ordering: .relaxed)
    for number in numbers {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let earlier = received.exchange(number, ordering: .relaxed)
        if earlier == SIGINT && number == SIGINT { _exit(1) }
      }
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
    }
    SignalMask.block(numbers)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { _ in
        // A launcher may have left them blocked.
        SignalMask.unblock(numbers)
        while true { pause() }
      }, nil)
    guard status == 0 else {
      LastResort.end("no thread for signals can be started: \(String(cString: strerror(status)))")
    }
    pthread_detach(thread)
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
