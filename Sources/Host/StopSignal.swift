// Signals that ask the program to save and stop.

import Glibc
import Synchronization

private let received = Atomic<Int32>(0)
private let numbers = [SIGTERM, SIGINT, SIGUSR1, SIGHUP]

/// SIGTERM, SIGINT, SIGUSR1 and SIGHUP ask for the end: the step at hand is finished, a checkpoint saved.
public enum StopSignal {
  /// Replaces these signals' default actions: from here on they are kept for ``number``. A second SIGINT ends the program at
  /// once; the others come more than once without meaning it, from a launcher and from the batch system. A SIGHUP that
  /// whoever started the program wants ignored (nohup) is.
  public static func listen() {
    received.store(0, ordering: .relaxed)
    for number in numbers {
      var before = sigaction()
      sigaction(number, nil, &before)
      if number == SIGHUP, isIgnored(before) { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let earlier = received.exchange(number, ordering: .relaxed)
        if earlier == SIGINT && number == SIGINT { _exit(1) }
      }
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Has them handled on a thread of their own from here on, or one of a library's, never on the calling thread
  /// (``SignalMask``). Call it once, after ``listen()`` and before the first product of matrices.
  public static func handleElsewhere() {
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
    case SIGHUP: "SIGHUP"
    default: nil
    }
  }
}
