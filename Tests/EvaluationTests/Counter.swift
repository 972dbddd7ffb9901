// How often something has happened, from any thread.

import Synchronization

final class Counter: Sendable {
  private let calls = Atomic<Int>(0)

  func count() { calls.wrappingAdd(1, ordering: .relaxed) }
  var value: Int { calls.load(ordering: .relaxed) }
}
