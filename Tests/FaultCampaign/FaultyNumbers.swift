// Numbers that are not finite, on one rank.

import Foundation

/// A NaN or an infinity in what one rank computes of a step or hands to others: losses, gradients, distances, batch statistics.
final class FaultyNumbers: Experiment {
  let name = "numbers"
  let fault =
    "NaN or infinity in each number that one of 2 ranks computes by a library or sends to the other in a step"

  private struct Call {
    let rank: Int
    let number: Int
    let what: String
  }

  private var calls: [Call] = []
  /// The last step saved before, the faulty one's successor.
  private static let (begin, end) = (10, 12)
  /// The state after ``end`` where step 11 was skipped.
  private var skipped: String?

  private func train(_ run: TinyRun, to step: Int = end) -> [String] {
    run.train(to: step, ["checkpoint.every=1", "checkpoint.keep=0", "validation.every=0"])
  }

  /// The calls of step 11: those of a training to step 11 that one to step 10 does not make.
  private func count(_ laboratory: Laboratory) throws {
    if !calls.isEmpty { return }
    let counting = Trial(self, number: -1, seed: 0)
    for rank in 0..<2 {
      var logs: [[Substring]] = []
      for last in [Self.begin + 1, Self.begin + 2] {
        let run = try laboratory.prepare("\(counting.folder)/run-\(rank)-\(last)", at: Self.begin)
        let log = "\(counting.folder)/log-\(rank)-\(last)"
        let ended = try laboratory.run(
          train(run, to: last), ranks: 2,
          environment: try laboratory.numbers(["RANK": "\(rank)", "LOG": log]))
        try require(ended.status == 0, "a training that nothing happens to: \(ended.summary)")
        logs.append(try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n"))
      }
      // Reading data comes first and is the same; the steps are what there is more of.
      let perStep = logs[1].count - logs[0].count
      let first = logs[0].count - perStep
      for line in logs[0][max(0, first)...] {
        let parts = line.split(separator: " ", maxSplits: 1)
        if let number = Int(parts[0]) {
          calls.append(Call(rank: rank, number: number, what: String(parts[1])))
        }
      }
    }
  }

  func trials(complete: Bool, _ laboratory: Laboratory) throws -> Int {
    try count(laboratory)
    return complete ? calls.count : 4
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let call = trial.isComplete ? calls[trial.number] : trial.pick(calls)
    let value = trial.pick(["nan", "inf", "-inf"])
    let run = try laboratory.prepare("\(trial.folder)/run", at: Self.begin)
    let what = "\(value) at call \(call.number) of rank \(call.rank), \(call.what)"
    let ended: Ended
    do {
      ended = try laboratory.run(
        train(run), ranks: 2,
        environment: try laboratory.numbers([
          "RANK": "\(call.rank)", "AT": "\(call.number)", "VALUE": value,
          "PLACE": "\(trial.number(0..<1000))",
        ]), limit: 30)
    } catch { throw BrokenPromise("\(what): \(error)") }
    guard ended.status == 0 else {
      // What was to be saved is not finite, or not what the others have.
      try require(
        ended.status == 1 && !ended.complaints.isEmpty, "\(what): \(ended.summary)")
      try laboratory.requireSame(run.checkpoint(Self.begin), step: Self.begin)
      return "\(call.what): refused by all"
    }
    if ended.errors.contains("step 11 skipped") {
      // Parameters untouched, and the step behind it the same as on any ranks.
      try require(
        !FileManager.default.fileExists(atPath: run.checkpoint(11)), "\(what): step 11 is saved")
      let digest = try laboratory.digest(of: run.checkpoint(Self.end))
      if skipped == nil { skipped = digest }
      try require(
        digest == skipped, "\(what): other bits than where another number was not finite")
      return "\(call.what): skipped by all"
    }
    if ended.errors.contains("step \(Self.end) skipped") {
      try laboratory.requireSame(run.checkpoint(11), step: 11)
      return "\(call.what): skipped by all"
    }
    // What a step makes finite again (an infinity below, a rectified one) is a number like others: on all ranks the same, or reading back
    // the checkpoint would have told.
    _ = try laboratory.digest(of: run.checkpoint(Self.end))
    return "\(call.what): finite in the end, step made by all"
  }
}
