// What ends a training, or keeps it from beginning.

import Host

/// Why training cannot go on.
public struct TrainingError: UserFacingError {
  public let description: String
  public let isMetByAllRanks: Bool

  init(description: String, isMetByAllRanks: Bool = false) {
    self.description = description
    self.isMetByAllRanks = isMetByAllRanks
  }
}
