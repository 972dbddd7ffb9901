// Options that several commands have, each declared and checked once.

import ArgumentParser
import Evaluation

/// Refuses numbers below 1 of an option that counts something.
func requireAtLeastOne(_ value: Int?, _ option: String) throws {
  if let value, value < 1 { throw ValidationError("\(option) must be at least 1") }
}

/// Of every command that computes.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  func validate() throws { try requireAtLeastOne(threads, "--threads") }
}

/// How many networks commands take that add up what these say.
func requireSamples(_ samples: Int) throws {
  if samples < 1 || samples > EnsembleAccumulator.mostNetworks {
    throw ValidationError(
      "--samples must be at least 1 and at most \(EnsembleAccumulator.mostNetworks)")
  }
}
