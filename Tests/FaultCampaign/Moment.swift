// When something is done to a training.

import Foundation

/// A part of a training in which it may be hit.
enum Moment: String, CaseIterable {
  case startUp = "start-up"
  case step
  case validation
  case save
  case end

  /// Waits until `run` is in the middle of it. The row of metrics.csv of a step appears behind its validation.
  func wait(_ job: Job, _ run: TinyRun, ranks: Int, _ trial: Trial) throws {
    switch self {
    case .startUp:
      // Before its first instructions a process can only be ended by a signal.
      let processes = try job.awaitRanks(ranks).values
      try job.wait("handlers of signals") {
        processes.allSatisfy { Job.handles(SIGTERM, $0) }
      }
      usleep(useconds_t(trial.number(0..<300_000)))
    case .step:
      let row = trial.number(1..<TinyRun.steps - 10)
      try job.wait("step \(row)") { run.lastRow >= row }
      usleep(useconds_t(trial.number(0..<5000)))
    case .validation:
      let row = trial.pick([9, 19])
      try job.wait("step \(row)") { run.lastRow >= row }
      usleep(useconds_t(trial.number(5000..<30000)))
    case .save:
      let row = trial.pick([4, 14, 24])
      try job.wait("step \(row)") { run.lastRow >= row }
      try job.wait("a save") { run.isSaving }
    case .end:
      try job.wait("the last step") { run.lastRow >= TinyRun.steps - 1 }
      usleep(useconds_t(trial.number(0..<50_000)))
    }
  }
}
