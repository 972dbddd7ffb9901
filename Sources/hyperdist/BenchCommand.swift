// hyperdist bench

import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time the parts of the program.",
    subcommands: [
      BenchStepCommand.self, BenchTargetCommand.self, BenchTeamCommand.self,
      BenchExchangeCommand.self, BenchReductionCommand.self, BenchSampleCommand.self,
      BenchCheckpointCommand.self, BenchPoolCommand.self,
    ])
}
