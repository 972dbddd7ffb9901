// hyperdist data fetch

import ArgumentParser
import Datasets
import Host

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Download a data set and check its digests.")

  @Argument(help: "The data set's name.")
  var name: String

  @Option(help: "Where to put it (default: the user's cache folder).")
  var dataDir: String?

  func run() throws { try SoleRank.run(fetch) }

  private func fetch() throws {
    let folder = try DatasetCatalog.fetch(name: name, into: dataDir) { StandardError.note($0) }
    StandardOutput.line("\(name): \(folder)")
  }
}
