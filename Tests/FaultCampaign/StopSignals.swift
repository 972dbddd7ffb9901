// Signals that ask a training to save and end.

import Foundation

/// A batch system at the wall time.
struct StopSignals: Experiment {
  let name = "signals"
  let fault =
    "SIGTERM or SIGUSR1 to one rank, all ranks or mpirun, in start-up, step, validation and save"

  private enum Target: String, CaseIterable { case one, all, launcher }

  private struct Case {
    let signal: (name: String, number: Int32)
    let target: Target
    let moment: Moment
  }

  private let cases: [Case] = Moment.allCases.filter { $0 != .end }.flatMap { moment in
    Target.allCases.flatMap { target in
      [("SIGTERM", SIGTERM), ("SIGUSR1", SIGUSR1)].map {
        Case(signal: $0, target: target, moment: moment)
      }
    }
  }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int {
    complete ? 2 * cases.count : 4
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    // The shortened form meets other cases with every seed.
    let index = trial.number * 5 + trial.seedOffset
    let chosen = cases[index % cases.count]
    let ranks = trial.number(2..<4)
    let run = TinyRun(directory: "\(trial.folder)/run")
    // So many steps that the end does not come first.
    let job = try laboratory.start(run.train(to: 100_000), ranks: ranks)
    try chosen.moment.wait(job, run, ranks: ranks, trial)
    let processes = job.ranks()
    try require(!processes.isEmpty, "no rank is there in \(chosen.moment.rawValue)")
    switch chosen.target {
    case .one:
      kill(trial.pick(processes.keys.sorted().map { processes[$0]! }), chosen.signal.number)
    case .all: for process in processes.values { kill(process, chosen.signal.number) }
    case .launcher: kill(job.launcher, chosen.signal.number)
    }
    let rows = run.lastRow
    let ended = try job.wait(limit: 60)
    let saved = run.latest ?? 0
    let what = "\(chosen.signal.name) to \(chosen.target.rawValue) in \(chosen.moment.rawValue)"
    // mpirun answers SIGTERM by ending all ranks, and returns what it likes.
    let isKill = chosen.target == .launcher && chosen.signal.number == SIGTERM
    if isKill {
      try require(ended.status != 0, "\(what): exit code 0")
    } else {
      try require(ended.status == 3, "\(what): not exit code 3: \(ended.summary)")
      // The step under way, and one more where the ranks had agreed on it already.
      try require(
        saved >= rows && saved <= rows + 3,
        "\(what) behind step \(rows): saved step \(saved)")
    }
    if saved > 0 { try laboratory.requireSame("\(run.checkpoints)/latest", step: saved) }
    let last = saved / 10 * 10 + 10
    _ = try laboratory.requireResumes(run, to: last, ranks: trial.number(1..<4))
    return
      "\(chosen.moment.rawValue): \(isKill ? "ended by mpirun, resumed" : "saved, exit code 3, resumed")"
  }
}
