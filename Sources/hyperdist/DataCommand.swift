// hyperdist data

import ArgumentParser
import Datasets
import TensorCore

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, fetch and verify data sets.",
    subcommands: [DataListCommand.self, DataFetchCommand.self, DataVerifyCommand.self])
}
