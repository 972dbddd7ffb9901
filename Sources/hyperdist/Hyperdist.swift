// The commands, and how the program ends.

import ArgumentParser
import Collectives
import Glibc
import Host
import Supervision

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
      TrainCommand.self, BaselineCommand.self, EvaluateCommand.self, AnalyzeCommand.self,
      CompareCommand.self, DistillCommand.self,
      ReportCommand.self, SampleCommand.self, ExportCommand.self, InspectCommand.self,
      DataCommand.self, BenchCommand.self, ScaleCommand.self, SimulateCommand.self,
      DoctorCommand.self,
    ])

  /// Exit codes: 0 done; 1 failed; 2 bad command line or configuration; 3 stopped on a signal.
  static func main() {
    // A file at its size limit and a reader that went away are errors of the write that meets them.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    StandardOutput.reserveNumbers()
    Session.startGuard = StartGuard.begin()
    do {
      try parseAndRun()
      try StandardOutput.check()
    } catch let stop as StoppedOnSignal {
      Glibc.exit(stop.exitStatus.rawValue)
    } catch {
      Session.fail(error)
    }
  }

  /// Does what the command line asks for; a request for help comes as an error.
  private static func parseAndRun() throws {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch  where exitCode(for: error).isSuccess {
      if LaunchedRank.current?.speaks != false { StandardOutput.line(fullMessage(for: error)) }
    }
  }
}
