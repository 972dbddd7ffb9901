// SIGKILL of any one rank.

import Foundation
import TestSupport

/// A machine that dies, or the kernel's end of a process for want of memory.
struct KilledRank: Experiment {
  let name = "kill"
  let fault = "SIGKILL of one rank, every third inside a save"

  private static let ended = "ended first"

  func isIdle(_ outcome: String) -> Bool { outcome == Self.ended }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 100 : 3 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let ranks = trial.number(2..<5)
    let run = TinyRun(directory: "\(trial.folder)/run")
    let whole = try laboratory.duration(ranks: ranks)
    let job = try laboratory.start(run.train(), ranks: ranks)
    let aimsAtSave = trial.number % 3 == 0
    if aimsAtSave {
      let row = trial.number(1..<TinyRun.steps - TinyRun.interval)
      try job.wait("step \(row)") { run.lastRow >= row }
      try job.wait("a save") { run.isSaving }
      usleep(useconds_t(trial.number(0..<4000)))
    } else {
      _ = try job.awaitRanks(ranks)
      usleep(useconds_t(1e6 * trial.seconds(upTo: whole)))
    }
    let victim = job.ranks().randomElement(using: &trial.random)?.value
    let rows = run.lastRow
    if let victim { kill(victim, SIGKILL) }
    let ended = try job.wait(limit: 60)
    if ended.status == 0 || victim == nil {
      try require(
        ended.status == 0 && run.latest == TinyRun.steps,
        "ended without its last step\(victim == nil ? "" : ", a rank was killed"): \(ended.summary)"
      )
      try laboratory.requireSame(run)
      return Self.ended
    }
    let wasSaving = run.isSaving

    // What is saved before step s + 1 begins is not lost when s + 1 has been made.
    let saved = run.latest ?? 0
    try require(
      saved >= (rows - 1) / TinyRun.interval * TinyRun.interval,
      "step \(rows) was made, the latest checkpoint is of step \(saved)")
    if saved > 0 { try laboratory.requireSame("\(run.checkpoints)/latest", step: saved) }
    _ = try laboratory.requireResumes(run, ranks: trial.number(1..<5))
    return wasSaving
      ? "killed inside a save"
      : saved == 0 ? "killed before the first checkpoint" : "killed between saves"
  }
}
