// Every call by which a training writes fails once.

import Foundation

/// Disk full, quota and I/O errors, at each call of each rank in turn.
final class FailedWrites: Experiment {
  let name = "writes"
  let fault = "ENOSPC, EDQUOT or EIO at every changing call of a training on 2 ranks"

  /// Calls that a library tries out, those that tidy up, and the making of folders that are there: a failure of theirs loses nothing.
  private static let harmless = [
    ".locktest.", "unlink ", ".hyperdist.", "mkdir ", "ftruncate .lock",
  ]

  private struct Call {
    let rank: Int
    let number: Int
    let what: String
  }

  private var calls: [Call] = []
  private static let (begin, end) = (10, 12)

  private func train(_ run: TinyRun) -> [String] { run.train(to: Self.end) }

  /// Counts the calls of a run that nothing happens to.
  private func count(_ laboratory: Laboratory) throws {
    if !calls.isEmpty { return }
    let counting = Trial(self, number: -1, seed: 0)
    for rank in 0..<2 {
      let run = try laboratory.prepare("\(counting.folder)/run-\(rank)", at: Self.begin)
      let log = "\(counting.folder)/log-\(rank)"
      let ended = try laboratory.run(
        train(run), ranks: 2,
        environment: try laboratory.faults([
          "UNDER": run.directory, "RANK": "\(rank)", "LOG": log,
        ]))
      try require(ended.status == 0, "a training that nothing happens to: \(ended.summary)")
      for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard let number = Int(parts[0]) else { continue }
        calls.append(
          Call(
            rank: rank, number: number,
            what: parts[1].replacingOccurrences(of: run.directory + "/", with: "")))
      }
    }
  }

  private static let lostNothing = "lost nothing and went on"

  func isIdle(_ outcome: String) -> Bool { outcome == Self.lostNothing }

  func trials(complete: Bool, _ laboratory: Laboratory) throws -> Int {
    try count(laboratory)
    return complete ? calls.count : 4
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let call = trial.isComplete ? calls[trial.number] : trial.pick(calls)
    let (number, text) = trial.pick([
      (ENOSPC, "No space left on device"), (EDQUOT, "Disk quota exceeded"),
      (EIO, "Input/output error"),
    ])
    let run = try laboratory.prepare("\(trial.folder)/run", at: Self.begin)
    let before = FileManager.default.contents(atPath: run.checkpoint(Self.begin))
    var settings = [
      "UNDER": run.directory, "RANK": "\(call.rank)", "AT": "\(call.number)",
      "ERRNO": "\(number)",
    ]
    // A full disk stays full.
    if number != EIO { settings["FOR_GOOD"] = "1" }
    let ended = try laboratory.run(
      train(run), ranks: 2, environment: try laboratory.faults(settings), limit: 60)
    let what = "\(text) at call \(call.number) of rank \(call.rank), \(call.what)"
    try require(
      FileManager.default.contents(atPath: run.checkpoint(Self.begin)) == before,
      "\(what): the checkpoint before it is changed")
    let path = call.what.split(separator: " ").last.map(String.init) ?? ""
    let name = path.replacingOccurrences(of: ".partial", with: "").split(separator: "/").last
    let isNamed = ended.complaints.contains {
      $0.contains(name ?? "") || $0.contains(run.directory)
    }
    let isHarmless = Self.harmless.contains { call.what.contains($0) }
    switch ended.status {
    case 0:
      try require(isNamed || isHarmless, "\(what): exit code 0 and no warning")
    case 1, 2:
      try require(isNamed, "\(what): the path is not named: \(ended.summary)")
    default:
      throw BrokenPromise("\(what): \(ended.summary)")
    }
    _ = try laboratory.requireResumes(run, to: Self.end, ranks: trial.number(1..<4))
    return ended.status == 0
      ? (isNamed ? "warned and went on" : Self.lostNothing) : "refused with the path"
  }
}
