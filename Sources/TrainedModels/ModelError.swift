// A checkpoint or configuration of another problem than the one asked for.

import Host

/// There is no such model in what was given.
public struct ModelError: UserFacingError {
  public let description: String
  public var isMetByAllRanks: Bool { true }
}
