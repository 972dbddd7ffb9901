// hyperdist train

import ArgumentParser

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a hypernetwork.")

  @OptionGroup var options: RunOptions

  func run() throws { try options.train(.none) }
}
