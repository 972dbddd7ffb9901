// Second signals, log-outs, readers that go away.

import Foundation

/// What docs/interface.md says of signals that do not ask for the end, or ask twice.
struct OtherSignals: Experiment {
  let name = "other-signals"
  let fault = "SIGINT twice, SIGHUP, and a standard output and error that nobody reads any more"

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 30 : 3 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    switch trial.number % 3 {
    case 0: return try interruptTwice(trial, laboratory)
    case 1: return try hangUp(trial, laboratory)
    default: return try closePipe(trial, laboratory)
    }
  }

  private func interruptTwice(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = TinyRun(directory: "\(trial.folder)/run")
    let job = try laboratory.start(run.train(to: 100_000), ranks: nil)
    try trial.pick([Moment.step, .validation, .save]).wait(job, run, ranks: 1, trial)
    for process in job.ranks().values {
      kill(process, SIGINT)
      usleep(useconds_t(trial.number(0..<2000)))
      kill(process, SIGINT)
    }
    let ended = try job.wait(limit: 30)
    // Two that the system delivers as one, or the second when the first has done its work, are one.
    try require([1, 3].contains(ended.status), "SIGINT twice: \(ended.summary)")
    if let saved = run.latest {
      try laboratory.requireSame("\(run.checkpoints)/latest", step: saved)
    }
    let last = (run.latest ?? 0) / 10 * 10 + 10
    _ = try laboratory.requireResumes(run, to: last, ranks: 2)
    return ended.status == 1 ? "SIGINT twice: ended at once" : "SIGINT twice: saved first"
  }

  private func hangUp(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = TinyRun(directory: "\(trial.folder)/run")
    let job = try laboratory.start(run.train(to: 100_000), ranks: 2)
    try trial.pick([Moment.step, .validation, .save]).wait(job, run, ranks: 2, trial)
    for process in job.ranks().values { kill(process, SIGHUP) }
    let ended = try job.wait(limit: 60)
    try require(ended.status == 3, "SIGHUP: not exit code 3: \(ended.summary)")
    let saved = run.latest ?? 0
    try laboratory.requireSame("\(run.checkpoints)/latest", step: saved)
    _ = try laboratory.requireResumes(run, to: saved / 10 * 10 + 10, ranks: 2)
    return "SIGHUP: saved, exit code 3"
  }

  private func closePipe(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = TinyRun(directory: "\(trial.folder)/run")
    let isError = trial.chance(of: 2)
    let script = isError ? "\"$@\" 2>&1 >/dev/null | head -n 1" : "\"$@\" | true"
    let ended = try laboratory.run(
      run.train(), ranks: nil, prefix: ["bash", "-c", script + "; exit ${PIPESTATUS[0]}", "bash"])
    // The training goes on; an output that is lost is told at the end.
    try require(
      ended.status == (isError ? 0 : 1), "a reader of one line: \(ended.summary)")
    try laboratory.requireSame(run)
    return isError
      ? "standard error closed: trained to the end"
      : "standard output closed: trained to the end, exit code 1"
  }
}
