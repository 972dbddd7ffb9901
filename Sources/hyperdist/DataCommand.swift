// hyperdist data

import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, download and verify data sets.",
    subcommands: [DataListCommand.self, DataFetchCommand.self, DataVerifyCommand.self])
}
