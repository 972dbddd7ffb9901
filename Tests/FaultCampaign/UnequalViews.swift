// Ranks that do not see the same files.

import Foundation

/// A node whose file system fails, or shows something old.
struct UnequalViews: Experiment {
  let name = "views"
  let fault = "one of 4 ranks cannot read the latest checkpoint, or sees another file in its place"

  private static let (begin, end) = (20, 30)

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 16 : 3 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let rank = trial.number % 4
    let isUnreadable = trial.number / 4 % 2 == (trial.isComplete ? 0 : trial.number % 2)
    let run = try laboratory.prepare("\(trial.folder)/run", at: Self.begin)
    var settings = ["RANK": "\(rank)", "ERRNO": "\(EIO)"]
    if isUnreadable {
      settings["UNREADABLE"] = "step-00000020.h5"
    } else {
      settings["SEEN"] = "step-00000020.h5"
      settings["AS"] = run.checkpoint(15)
    }
    let what =
      isUnreadable ? "rank \(rank) cannot read it" : "rank \(rank) sees the checkpoint before it"
    let ended = try laboratory.run(
      run.train(to: Self.end), ranks: 4, environment: try laboratory.faults(settings), limit: 60)
    switch ended.status {
    case 0:
      try require(
        ended.complaints.contains { $0.contains("step-000000") }, "\(what): not a word of it")
      try laboratory.requireSame(run, step: Self.end)
      return "all fell back together"
    case 1:
      try require(
        ended.complaints.contains { $0.contains("rank \(rank)") },
        "\(what): the rank is not named: \(ended.summary)")
      _ = try laboratory.requireResumes(run, to: Self.end, ranks: 4)
      return "all refused, naming the rank"
    default:
      throw BrokenPromise("\(what): \(ended.summary)")
    }
  }
}
