// What threads that take part in a loop run.

/// A loop that runs: its body lies on the stack of the thread that waits for its end.
///
/// `run` is made where the body's type is known: called through its conformance, a body that is generic would run unspecialized.
@usableFromInline
struct RunningLoop {
  @usableFromInline let count: Int
  @usableFromInline let body: UnsafeRawPointer
  @usableFromInline let run:
    @Sendable (_ body: UnsafeRawPointer, _ index: Int, _ thread: Int) -> Void

  @inlinable @inline(__always)
  init<Body: LoopBody>(body: UnsafePointer<Body>, count: Int) {
    self.count = count
    self.body = UnsafeRawPointer(body)
    run = { place, index, thread in
      place.assumingMemoryBound(to: Body.self).pointee(index, thread)
    }
  }

  @inline(__always)
  func callAsFunction(_ index: Int, _ thread: Int) { run(body, index, thread) }
}
