// hyperdist data

import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, download, make and verify data sets.",
    subcommands: [
      DataListCommand.self, DataFetchCommand.self, DataImportCommand.self,
      DataConfigureCommand.self,
      DataVerifyCommand.self,
    ])
}
