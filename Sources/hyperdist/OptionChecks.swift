// What numbers and names options take, each said once.

import ArgumentParser
import Evaluation

/// Refuses numbers below 1, or beyond `most`, of an option that counts something.
func requireAtLeastOne(_ value: Int?, _ option: String, atMost most: Int = .max) throws {
  guard let value else { return }
  if value < 1 { throw ValidationError("\(option) must be at least 1") }
  if value > most { throw ValidationError("\(option) must be at most \(most)") }
}

/// Refuses a name of nothing.
func requireName(_ value: String?, _ option: String) throws {
  if value == "" { throw ValidationError("\(option): the name is empty") }
}

/// How many networks commands take that add up what these say.
func requireSamples(_ samples: Int) throws {
  if samples < 1 || samples > EnsembleAccumulator.mostNetworks {
    throw ValidationError(
      "--samples must be at least 1 and at most \(EnsembleAccumulator.mostNetworks)")
  }
}
