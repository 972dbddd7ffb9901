// hyperdist data

import ArgumentParser
import Datasets
import Reporting
import TensorCore

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, download and verify data sets.",
    subcommands: [DataListCommand.self, DataFetchCommand.self, DataVerifyCommand.self])
}

struct DataListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Say which data sets there are and where each was found.")

  @Option(help: "Where to look first.")
  var dataDir: String?

  func run() {
    guard LaunchedRank.rank == 0 else { return }
    for listing in DatasetCatalog.list(dataDirectory: dataDir) {
      let name = listing.name + String(repeating: " ", count: max(1, 10 - listing.name.count))
      print("\(name)\(listing.summary)")
      print("          \(listing.location ?? "not found")")
    }
  }
}

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Download a data set and check its digests.")

  @Argument(help: "The data set's name.")
  var name: String

  @Option(help: "Where to put it (default: the user's cache folder).")
  var dataDir: String?

  func run() throws {
    guard LaunchedRank.rank == 0 else { return }
    let folder = try DatasetCatalog.fetch(name: name, into: dataDir) { StandardError.note($0) }
    print("\(name): \(folder)")
  }
}

struct DataVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare a data set's files with the published ones.")

  @Argument(help: "The data set's name.")
  var name: String

  @Option(help: "Where to look first.")
  var dataDir: String?

  func run() throws {
    guard LaunchedRank.rank == 0 else { return }
    var bad = 0
    for file in try DatasetCatalog.verify(name: name, dataDirectory: dataDir) {
      switch file.verdict {
      case .published:
        print("\(file.path): as published")
      case .different(let found, let published):
        bad += 1
        print("\(file.path): SHA-256 \(found), published \(published)")
      case .unreadable(let why):
        bad += 1
        print(why)
      }
    }
    if bad > 0 { throw CommandError(description: "\(name): \(bad) files are not as published") }
  }
}

/// A command did its work and found something wrong.
struct CommandError: UserFacingError {
  let description: String
}
