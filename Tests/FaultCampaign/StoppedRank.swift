// A rank that stands still.

import Foundation

/// SIGSTOP, as a hung disk or a broken network card would have it.
struct StoppedRank: Experiment {
  let name = "stall"
  let fault = "SIGSTOP of one of 3 ranks in start-up, step, validation, save and at the end"

  private static let limit = 4.0
  private static let ended = "ended before it could be stopped"
  private static let tooLate = "end: stopped when all others had ended, and ended when it went on"

  func isIdle(_ outcome: String) -> Bool { [Self.ended, Self.tooLate].contains(outcome) }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 20 : 2 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let moments = Moment.allCases
    let moment = moments[(trial.number + trial.seedOffset) % moments.count]
    let run = TinyRun(directory: "\(trial.folder)/run")
    let steps = moment == .end ? TinyRun.steps : 100_000
    let job = try laboratory.start(
      run.train(to: steps, ["distribution.stallSeconds=\(Int(Self.limit))"]), ranks: 3)
    try moment.wait(job, run, ranks: 3, trial)
    guard let (rank, victim) = job.ranks().randomElement(using: &trial.random) else {
      try require(try job.wait(limit: 60).status == 0, "failed before a rank was stopped")
      return Self.ended
    }
    kill(victim, SIGSTOP)
    let stopped = ProcessInfo.processInfo.systemUptime
    let what = "rank \(rank) stopped in \(moment.rawValue)"
    if moment == .end, rank == 0, job.waitsAlone(for: victim) {
      // Nobody is there any more who could name it, and nothing is left to do but to end.
      kill(victim, SIGCONT)
      let ended = try job.wait(limit: 60)
      try require(ended.status == 0, "\(what), as the last to end: \(ended.summary)")
      try laboratory.requireSame(run)
      return Self.tooLate
    }
    let ended = try job.wait(limit: 60)
    let seconds = ProcessInfo.processInfo.systemUptime - stopped
    if ended.status == 0, moment == .end {
      try laboratory.requireSame(run)
      return Self.ended
    }
    try require(ended.status != 0, "\(what): exit code 0")
    try require(
      ended.complaints.contains { $0.contains("rank \(rank) ") || $0.contains("rank \(rank),") },
      "\(what): not named: \(ended.summary)")
    // Heartbeats and mpirun take their time.
    try require(seconds < 2 * Self.limit + 12, "\(what): the job ended after \(Int(seconds)) s")
    let last = (run.latest ?? 0) / 10 * 10 + 10
    _ = try laboratory.requireResumes(
      run, to: moment == .end ? TinyRun.steps : last, ranks: trial.number(1..<4))
    return "\(moment.rawValue): named"
  }
}
