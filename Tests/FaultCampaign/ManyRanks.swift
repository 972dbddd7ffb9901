// Ranks that have nothing to do.

/// Prime and large rank counts; tensors of fewer rows than there are ranks.
struct ManyRanks: Experiment {
  let name = "ranks"
  let fault = "prime and large rank counts, most of them without samples or rows to write"

  private static let counts = [5, 7, 11, 13, 17, 19, 23, 29, 31, 32]

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int {
    complete ? Self.counts.count : 1
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let ranks = trial.isComplete ? Self.counts[trial.number] : trial.pick([7, 11, 13])
    let run = TinyRun(directory: "\(trial.folder)/run")
    let ended = try laboratory.run(run.train(to: 10), ranks: ranks, limit: 180)
    try require(ended.status == 0, "\(ranks) ranks: \(ended.summary)")
    try laboratory.requireSame(run, step: 10)
    return "same bits"
  }
}
