// hyperdist data list

import ArgumentParser
import Datasets
import Host

struct DataListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Say which data sets there are and where each was found.")

  @Option(help: "Where to look first.")
  var dataDir: String?

  func run() throws { try SoleRank.run(list) }

  private func list() {
    for listing in DatasetCatalog.list(dataDirectory: dataDir) {
      let name = listing.name + String(repeating: " ", count: max(1, 10 - listing.name.count))
      StandardOutput.line("\(name)\(listing.summary)")
      StandardOutput.line("          \(listing.location ?? "not found")")
    }
  }
}
