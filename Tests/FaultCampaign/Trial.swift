// One trial of an experiment.

import TestSupport

/// Its number, its random numbers and its folder, which goes with it.
final class Trial {
  let number: Int
  /// Whether all trials are made; else random ones are chosen.
  let isComplete: Bool
  /// Turns lists of cases so that shortened campaigns of several seeds meet all; 0 in complete ones.
  let seedOffset: Int
  var random: SeededRandom
  private let space = TestFolder()

  init(_ experiment: any Experiment, number: Int, seed: UInt64, isComplete: Bool = true) {
    self.number = number
    self.isComplete = isComplete
    seedOffset = isComplete ? 0 : Int(seed % 1009)
    random = SeededRandom(seed: seed, experiment: experiment.name, trial: number)
  }

  var folder: String { space.path }

  func chance(of outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }

  func pick<Element>(_ elements: [Element]) -> Element { elements.randomElement(using: &random)! }

  func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  func seconds(upTo limit: Double) -> Double { Double.random(in: 0..<limit, using: &random) }
}
