// Two jobs in one run folder.

import Foundation

/// Started together, on one host or on hosts of other names; then the first dies and another takes over.
struct SharedFolder: Experiment {
  let name = "two-jobs"
  let fault = "a second job on a run folder, on one host and on two; a lock whose owner is dead"

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 10 : 2 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = TinyRun(directory: "\(trial.folder)/run")
    let first = try laboratory.start(run.train(to: 100_000), ranks: 2)
    try first.wait("step 6") { run.lastRow >= 6 }
    let isElsewhere = trial.number % 2 == 1 && getuid() == 0
    let prefix =
      isElsewhere ? ["unshare", "--uts", "sh", "-c", "hostname other; exec \"$@\"", "sh"] : []
    let second = try laboratory.run(
      run.train(to: 100_000), ranks: trial.chance(of: 2) ? 2 : nil, prefix: prefix, limit: 40)
    try require(
      [1, 2].contains(second.status)
        && second.complaints.contains { $0.contains(run.directory) && $0.contains("process") },
      "a second job on the folder: \(second.summary)")
    // The first dies without a word; its lock must not outlive it.
    for process in first.ranks().values { kill(process, SIGKILL) }
    _ = try first.wait(limit: 60)
    let last = (run.latest ?? 0) / 10 * 10 + 10
    _ = try laboratory.requireResumes(run, to: last, ranks: 2)
    return isElsewhere
      ? "second refused on another host, dead owner's lock taken over"
      : "second refused, dead owner's lock taken over"
  }
}
