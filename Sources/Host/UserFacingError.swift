// Errors whose description is the one line a user reads.

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
