// hyperdist analyze

import ArgumentParser

struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Look closely at what was trained: figures and their numbers.",
    discussion: """
      Of networks, `analyze KIND CHECKPOINT`; the word networks may be left out.
      """,
    subcommands: [AnalyzeNetworksCommand.self, AnalyzeToyCommand.self],
    defaultSubcommand: AnalyzeNetworksCommand.self)
}
