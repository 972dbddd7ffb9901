// What ranks tell each other of a checkpoint that each has tried to read.

import Checkpointing
import Files
import Glibc
import Host

/// How one rank fared with a checkpoint.
struct CheckpointAttempt: JSONRecord {
  /// The line of what went wrong; empty where nothing did.
  var problem = ""
  /// Whether another checkpoint may be better.
  var isDamage = false
  /// What was read; of two ranks the same where they read the same.
  var identity = ""

  static let fields: [JSONField<CheckpointAttempt>] = [
    JSONField("problem", \.problem), JSONField("damage", \.isDamage),
    JSONField("identity", \.identity),
  ]

  init() {}

  init(_ header: CheckpointHeader) { identity = header.digest }

  init(_ error: any UserFacingError) {
    problem = error.description
    isDamage =
      (error as? CheckpointError)?.isDamage
      ?? (error as? FileError).map { [EIO, ENOENT, ESTALE].contains($0.number) } ?? false
  }

  /// What all ranks make of what each of them says of the checkpoint `path`.
  enum Verdict: Equatable {
    case sound
    /// No rank can use it, or they read different things; `onAll`: none can.
    case unusable(String, onAll: Bool)
    case failed(String)
  }

  static func verdict(_ path: String, _ attempts: [CheckpointAttempt]) -> Verdict {
    let isOneRanks = attempts.contains { $0.problem.isEmpty }
    func text(_ rank: Int) -> String {
      (isOneRanks && attempts.count > 1 ? "rank \(rank): " : "") + attempts[rank].problem
    }
    if let rank = attempts.firstIndex(where: { !$0.problem.isEmpty && !$0.isDamage }) {
      return .failed(text(rank))
    }
    if let rank = attempts.firstIndex(where: { !$0.problem.isEmpty }) {
      return .unusable(text(rank), onAll: !isOneRanks)
    }
    if let rank = attempts.firstIndex(where: { $0.identity != attempts[0].identity }) {
      return .unusable(
        "\(path): rank \(rank) reads another checkpoint there than rank 0", onAll: false)
    }
    return .sound
  }
}
