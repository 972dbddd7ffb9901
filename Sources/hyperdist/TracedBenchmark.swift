// bench step --trace: the files.

import Benchmarks
import Collectives
import Configurations
import Files
import Reporting
import Scaling

/// A folder for what one step tells MPI: a trace a rank, their list, the configuration and a timeline.
struct TracedBenchmark {
  let trace = StepTrace()
  private let folder: String
  private let configuration: Configuration

  /// Collective.
  init(folder: String, _ configuration: Configuration, _ session: Session) throws {
    self.folder = folder
    self.configuration = configuration
    guard configuration.baseline.method == .none else {
      throw BadRequest(description: "--trace: of a hypernetwork's steps; leave out baseline.method")
    }
    guard configuration.distribution.reduction == .reproducible else {
      throw BadRequest(
        description:
          "--trace: distribution.reduction: fast sums inside MPI, whose messages nobody sees; take reproducible"
      )
    }
    try session.onRoot { try OutputFolder(folder, option: "--trace").prepare() }
  }

  /// Collective.
  func write(_ session: Session) throws {
    let communicator = session.communicator
    try session.together {
      if let unknown = trace.unknown {
        throw CommandError(description: "--trace: the messages of \(unknown) are not known")
      }
      try RankTrace.write(trace.actions, rank: communicator.rank, to: folder)
    }
    let events = try communicator.gather(
      StepTimeline.events(
        rank: communicator.rank, host: communicator.hostName, phases: trace.phases,
        messages: trace.messages, start: trace.start))
    try session.onRoot {
      try RankTrace.writeList(rankCount: communicator.size, to: folder)
      try WholeFile.replace("\(folder)/timeline.json", with: StepTimeline.text(ofRanks: events))
      try WholeFile.replace("\(folder)/config.yaml", with: configuration.yaml())
      try WholeFile.replace("\(folder)/step", with: "\(trace.step)\n")
    }
  }
}
