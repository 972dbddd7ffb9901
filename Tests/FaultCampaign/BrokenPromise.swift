// What an experiment throws when the program did not keep its word.

struct BrokenPromise: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws unless the promise is kept.
func require(_ isKept: Bool, _ otherwise: @autoclosure () -> String) throws {
  if !isKept { throw BrokenPromise(otherwise()) }
}
