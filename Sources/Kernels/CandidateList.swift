// The choice among ways to compute something, as data.

import CDNNL

/// The ways to do a task, the fastest first.
struct CandidateList<Task, Made>: Sendable {
  /// What is done.
  let task: String
  let candidates: [Candidate<Task, Made>]

  init(_ task: String, _ candidates: [Candidate<Task, Made>]) {
    self.task = task
    self.candidates = candidates
  }

  var summary: CandidateSummary {
    CandidateSummary(task: task, candidates: candidates.map { ($0.name, $0.condition) })
  }

  /// Made by the first candidate that applies, or by the one of this `name`. Throws where it does not apply.
  func make(_ task: Task, by name: String?) throws(KernelError) -> (made: Made, name: String) {
    for candidate in candidates where name == nil || candidate.name == name {
      if try candidate.applies(task) { return (try candidate.make(task), candidate.name) }
    }
    throw KernelError(
      function: "\(self.task) by \(name ?? "any code")", status: dnnl_unimplemented.rawValue)
  }
}
