// Errors whose description is the one line a user reads.

/// How the program ended, as its exit code.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  /// A bad command line or configuration, found before any work.
  case badRequest = 2
  /// Stopped on a signal, after saving.
  case stopped = 3
}

/// An error of the environment or of a request. `description` says what, where and what to do.
public protocol UserFacingError: Error, CustomStringConvertible, Sendable {
  var exitStatus: ExitStatus { get }
  /// Whether every rank throws this error at the same place.
  var isMetByAllRanks: Bool { get }
}

extension UserFacingError {
  public var exitStatus: ExitStatus { .failed }
  public var isMetByAllRanks: Bool { exitStatus == .badRequest }
}
