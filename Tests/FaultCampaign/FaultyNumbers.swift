// Numbers that are not finite, on one rank.

import Checkpointing
import Foundation
import Numerics

/// A NaN or an infinity in what one rank computes of a step or hands to others: losses, gradients, distances, batch statistics.
final class FaultyNumbers: Experiment {
  let name = "numbers"
  let fault =
    "NaN or infinity in each number that one of 2 ranks computes by a library or sends to the other in a step"

  private struct Call {
    let rank: Int
    let number: Int
    let what: String
    /// Whether the step is saved; else what is wrong of its state meets the next step first.
    let isSaved: Bool
  }

  private var calls: [Call] = []
  /// The last step saved before, the faulty one's successor.
  private static let (begin, end) = (10, 12)
  /// The state after ``end`` where step 11 was skipped.
  private var skipped: String?

  private static let passed = "finite in the end, step made by all"

  func isIdle(_ outcome: String) -> Bool { outcome.hasSuffix(Self.passed) }

  private func train(_ run: TinyRun, isSaved: Bool, to step: Int = end) -> [String] {
    run.train(
      to: step,
      ["checkpoint.every=\(isSaved ? 1 : 0)", "checkpoint.keep=0", "validation.every=0"])
  }

  private func count(_ laboratory: Laboratory) throws {
    if !calls.isEmpty { return }
    let counting = Trial(self, number: -1, seed: 0)
    for rank in 0..<2 { try count(laboratory, rank, isSaved: true, counting) }
    for rank in 0..<2 { try count(laboratory, rank, isSaved: false, counting) }
  }

  /// The calls of step 11: those of a training to step 12 that one to step 11 does not make are as many. Where it is not saved, messages alone.
  private func count(_ laboratory: Laboratory, _ rank: Int, isSaved: Bool, _ counting: Trial) throws
  {
    var logs: [[Substring]] = []
    for last in [Self.begin + 1, Self.begin + 2] {
      let name = "\(rank)-\(last)-\(isSaved)"
      let run = try laboratory.prepare("\(counting.folder)/run-\(name)", at: Self.begin)
      let log = "\(counting.folder)/log-\(name)"
      let ended = try laboratory.run(
        train(run, isSaved: isSaved, to: last), ranks: 2,
        environment: try laboratory.numbers(["RANK": "\(rank)", "LOG": log]))
      try require(ended.status == 0, "a training that nothing happens to: \(ended.summary)")
      logs.append(try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n"))
    }
    // Reading data comes first and is the same; the steps are what there is more of.
    let perStep = logs[1].count - logs[0].count
    let first = logs[0].count - perStep
    for line in logs[0][max(0, first)...] {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard let number = Int(parts[0]), isSaved || parts[1].hasPrefix("MPI_") else { continue }
      calls.append(Call(rank: rank, number: number, what: String(parts[1]), isSaved: isSaved))
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
    let what =
      "\(value) at call \(call.number) of rank \(call.rank), \(call.what)\(call.isSaved ? "" : ", not saved")"
    let ended: Ended
    do {
      ended = try laboratory.run(
        train(run, isSaved: call.isSaved), ranks: 2,
        environment: try laboratory.numbers([
          "RANK": "\(call.rank)", "AT": "\(call.number)", "VALUE": value,
          "PLACE": "\(trial.number(0..<1000))",
        ]), limit: 30)
    } catch { throw BrokenPromise("\(what): \(error)") }
    let later = (Self.begin + 1...Self.end).map(run.checkpoint).filter {
      FileManager.default.fileExists(atPath: $0)
    }
    for checkpoint in later { try requireFinite(checkpoint, what) }
    guard ended.status == 0 else {
      // What was to be saved is not finite, or not what the others have: nothing of it is kept, and the training goes on from what was sound.
      try require(
        ended.status == 1 && ended.complaints.count { $0.hasPrefix("hyperdist:") } == 1,
        "\(what): \(ended.summary)")
      try require(later.isEmpty, "\(what): refused, but saved \(later)")
      try laboratory.requireSame(run.checkpoint(Self.begin), step: Self.begin)
      _ = try laboratory.requireResumes(run, to: Self.end, ranks: trial.number(1..<4))
      return "\(call.what): refused by all, resumed with the same bits"
    }
    if ended.errors.contains("step 11 skipped") {
      // Parameters untouched, and the step behind it the same as on any ranks.
      try require(later == [run.checkpoint(Self.end)], "\(what): step 11 is saved")
      let digest = try laboratory.digest(of: run.checkpoint(Self.end))
      if skipped == nil { skipped = digest }
      try require(
        digest == skipped, "\(what): other bits than where another number was not finite")
      return "\(call.what): skipped by all"
    }
    if ended.errors.contains("step \(Self.end) skipped") {
      try require(later == [run.checkpoint(Self.begin + 1)], "\(what): step 12 is saved")
      try laboratory.requireSame(run.checkpoint(Self.begin + 1), step: Self.begin + 1)
      return "\(call.what): skipped by all"
    }
    // What a step makes finite again (an infinity below, a rectified one) is a number like others: on all ranks the same, or saving would have told.
    _ = try laboratory.digest(of: run.checkpoint(Self.end))
    return "\(call.what): \(Self.passed)"
  }

  /// `distribution.shards`, if nobody sets it.
  private static let shardCount = 8

  /// Looks at every number of a checkpoint, without the program's own help.
  private func requireFinite(_ checkpoint: String, _ what: String) throws {
    let entries = try CheckpointFile.list(checkpoint)
    let buffers = entries.map { SharedBuffer<Float>(count: $0.shape.reduce(1, *)) }
    let tensors = zip(entries, buffers).map {
      CheckpointTensor(name: $0.name, shape: $0.shape, values: $1.view)
    }
    try CheckpointFile.read(
      checkpoint, header: CheckpointFile.readHeader(checkpoint), shardCount: Self.shardCount,
      tensors: tensors)
    try withExtendedLifetime(buffers) {
      for tensor in tensors {
        try require(
          (0..<tensor.values.count).allSatisfy { tensor.values[$0].isFinite },
          "\(what): \(tensor.name) is saved in \(checkpoint) and not finite")
      }
    }
  }
}
