// hyperdist train

import ArgumentParser
import Host

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a hypernetwork.")

  @OptionGroup var options: RunOptions
  @OptionGroup var batch: BatchOptions

  func run() throws {
    guard batch.printSbatch else { return try options.train(.none) }
    try SoleRank.run {
      let configuration = try options.resolve(.none)
      StandardOutput.write(
        try batch.job(options.options.name, configuration, runDirectory: options.runDir).text)
    }
  }
}
