// A rank that stands still.

import Foundation

/// SIGSTOP, as a hung disk or a broken network card would have it.
struct StoppedRank: Experiment {
  let name = "stall"
  let fault = "SIGSTOP of one of 3 ranks in start-up, step, validation, save and at the end"

  private static let limit = 4.0

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
      return "ended before it could be stopped"
    }
    kill(victim, SIGSTOP)
    let stopped = ProcessInfo.processInfo.systemUptime
    let ended = try job.wait(limit: 60)
    let seconds = ProcessInfo.processInfo.systemUptime - stopped
    if ended.status == 0, moment == .end { return "had done its work already" }
    let what = "rank \(rank) stopped in \(moment.rawValue)"
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
