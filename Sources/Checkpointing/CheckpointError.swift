// What goes wrong with files, as one line, and how all ranks come to say the same.

import Collectives
import Host

/// A file could not be written or read.
public struct CheckpointError: UserFacingError {
  /// What, where and what to do.
  public let description: String
  public let isMetByAllRanks: Bool
  /// Whether a file should be a checkpoint and is none that can be used: another one may be.
  package let isDamage: Bool

  package init(_ description: String, isMetByAllRanks: Bool = false, isDamage: Bool = false) {
    self.description = description
    self.isMetByAllRanks = isMetByAllRanks
    self.isDamage = isDamage
  }
}

extension Communicator {
  /// Throws the same error on all ranks if any rank had one. Collective.
  func agree(_ error: (any UserFacingError)?) throws {
    let failed = try max(error == nil ? 0 : size - rank)
    if failed == 0 { return }
    let first = size - failed
    let text = try broadcast(error?.description ?? "", from: first)
    throw CheckpointError(size == 1 ? text : "rank \(first): \(text)", isMetByAllRanks: true)
  }

  /// Runs `body` on rank 0 alone; its error is thrown on all ranks. Collective.
  func onRankZero(_ body: () throws -> Void) throws {
    try agree(rank == 0 ? failure(of: body) : nil)
  }
}

/// The error `body` throws, or nil.
func failure(of body: () throws -> Void) -> (any UserFacingError)? {
  do {
    try body()
    return nil
  } catch {
    return error as? any UserFacingError ?? CheckpointError("\(error)")
  }
}
