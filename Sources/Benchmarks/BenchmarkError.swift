// Why there is nothing to time.

import Host

/// A measurement that cannot be made; met by all ranks.
public struct BenchmarkError: UserFacingError {
  public let description: String
  public var isMetByAllRanks: Bool { true }
}
