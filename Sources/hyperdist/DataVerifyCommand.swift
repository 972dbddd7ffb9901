// hyperdist data verify

import ArgumentParser
import Datasets
import Files
import Host

struct DataVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Compare a data set's files with the published ones, or look at a data file of your own.")

  @Argument(help: "The data set's name, or a data file.")
  var name: String

  @Option(help: "Where to look first.")
  var dataDir: String?

  func run() throws { try SoleRank.run(verify) }

  private func verify() throws {
    if !DatasetCatalog.names.contains(name),
      name.hasSuffix(".h5") || name.contains("/") || FileKind(of: name) == .file
    {
      for line in try DataFile.check(name) { StandardOutput.line(line) }
      return StandardOutput.line("\(name): can be trained on")
    }
    var bad = 0
    for file in try DatasetCatalog.verify(name: name, dataDirectory: dataDir) {
      switch file.verdict {
      case .published:
        StandardOutput.line("\(file.path): as published")
      case .different(let found, let published):
        bad += 1
        StandardOutput.line("\(file.path): SHA-256 \(found), published \(published)")
      case .unreadable(let why):
        bad += 1
        StandardOutput.line(why)
      }
    }
    if bad > 0 { throw CommandError(description: "\(name): \(bad) files are not as published") }
  }
}
