// An error that all ranks know of.

import Host

/// What ended some rank's work, thrown on all ranks: rank 0 prints it.
struct SharedError: UserFacingError {
  let failure: RankFailure
  /// Whose failure it was; nil: of all, or of rank 0 for all.
  let rank: Int?

  init(_ failure: RankFailure, of rank: Int?) { (self.failure, self.rank) = (failure, rank) }

  var description: String { rank.map { "rank \($0): \(failure.text)" } ?? failure.text }
  var exitStatus: ExitStatus { failure.exitStatus }
  var isMetByAllRanks: Bool { true }
  var line: String { failure.line(of: rank) }
}
