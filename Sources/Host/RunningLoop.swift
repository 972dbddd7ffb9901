// What threads that take part in a loop run.

/// A loop that runs: its body lies on the stack of the thread that waits for its end.
@usableFromInline
struct RunningLoop {
  @usableFromInline
  typealias Run = @Sendable (_ body: UnsafeRawPointer, _ index: Int, _ thread: Int) -> Void

  @usableFromInline let count: Int
  @usableFromInline let body: UnsafeRawPointer
  /// How the body is called: through its conformance, which needs to know nothing, or by code of its own type.
  @usableFromInline let type: (any LoopBody.Type)?
  @usableFromInline let run: Run?

  /// For code that is compiled once for all bodies.
  init<Body: LoopBody>(anyBody body: UnsafePointer<Body>, count: Int) {
    self.count = count
    self.body = UnsafeRawPointer(body)
    (type, run) = (Body.self, nil)
  }

  /// For code that is compiled where the body's type is known: a body that is generic runs unspecialized through its conformance.
  /// Elsewhere this would allocate.
  @inlinable @inline(__always)
  init<Body: LoopBody>(body: UnsafePointer<Body>, count: Int) {
    self.count = count
    self.body = UnsafeRawPointer(body)
    type = nil
    run = { place, index, thread in
      place.assumingMemoryBound(to: Body.self).pointee(index, thread)
    }
  }

  @inline(__always)
  func callAsFunction(_ index: Int, _ thread: Int) {
    if let run { run(body, index, thread) } else { type!.run(body, index, thread) }
  }
}

extension LoopBody {
  /// Runs one iteration of the body at `place`.
  fileprivate static func run(_ place: UnsafeRawPointer, _ index: Int, _ thread: Int) {
    place.assumingMemoryBound(to: Self.self).pointee(index, thread)
  }
}
