// The commands, and how the program ends.

import ArgumentParser
import Glibc
import Host

@main
struct Hyperdist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hyperdist",
    abstract: "Trains hypernetworks that generate accurate and diverse neural networks.",
    discussion: """
      Every command runs alone or under mpirun and uses all ranks it is given:
        mpirun -np 2 hyperdist train --preset quickstart
      """,
    version: "hyperdist \(ProgramVersion.current)",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, AnalyzeCommand.self, DistillCommand.self,
      ReportCommand.self, SampleCommand.self, InspectCommand.self, DataCommand.self,
      BenchCommand.self,
      DoctorCommand.self,
    ])

  /// Exit codes: 0 done; 1 failed; 2 bad command line or configuration; 3 stopped on a signal.
  static func main() {
    // A file at its size limit and a reader that went away are errors of the write that meets them.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let stop as StoppedOnSignal {
      Glibc.exit(stop.exitStatus.rawValue)
    } catch let error as any UserFacingError {
      Session.fail(error)
    } catch {
      // A request for help, or a command line that cannot be read.
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code.isSuccess {
        if LaunchedRank.rank == 0 { print(text) }
        Glibc.exit(ExitStatus.done.rawValue)
      }
      guard code == .validationFailure else { Session.fail(UnexpectedError(description: text)) }
      if LaunchedRank.rank == 0 { StandardError.note(text) }
      LaunchedRank.leave(ExitStatus.badRequest.rawValue)
    }
  }
}

/// An error that no module of this program made.
private struct UnexpectedError: UserFacingError {
  let description: String
}
