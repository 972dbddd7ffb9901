// hyperdist data configure

import ArgumentParser
import Configurations
import Datasets
import Host

struct DataConfigureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "configure",
    abstract: "Print a configuration to begin with, whose networks fit a data file.")

  @Argument(help: "A data file.")
  var file: String

  func validate() throws { try requireName(file, "FILE") }

  func run() throws { try SoleRank.run(configure) }

  private func configure() throws {
    let set = try DataFile.describe(file, dataDirectory: nil)
    StandardOutput.write(StartingConfiguration.yaml(for: set, path: file))
  }
}
