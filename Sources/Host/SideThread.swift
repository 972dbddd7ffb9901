// A thread for one piece of work, beside those of a pool.

import Glibc

/// It must be joined.
struct SideThread {
  private var handle: pthread_t?

  /// Where no thread can be had, `body` is run at once.
  init(core: Int?, _ body: @escaping @Sendable () -> Void) {
    var started = pthread_t()
    let start = Unmanaged.passRetained(Start(core, body))
    let status = pthread_create(
      &started, nil,
      { raw in
        let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
        SignalMask.blockAll()
        if let core = start.core { CoreAffinity.pinThread(to: core) }
        start.body()
        return nil
      }, start.toOpaque())
    if status == 0 {
      handle = started
    } else {
      start.takeRetainedValue().body()
    }
  }

  func join() {
    if let handle { pthread_join(handle, nil) }
  }

  /// What the thread is told.
  private final class Start {
    let core: Int?
    let body: @Sendable () -> Void
    init(_ core: Int?, _ body: @escaping @Sendable () -> Void) {
      (self.core, self.body) = (core, body)
    }
  }
}
