// Iterates kept as they are.

import Numerics

/// A network's weights after given steps: members of snapshot ensembles, thinned chains.
final class IterateStore: IterateCollector {
  private let steps: [Int]
  private let iterates: [SharedBuffer<Float>]
  /// How many there are so far.
  private let taken = SharedBuffer<Float>(count: 1)

  init(steps: [Int], weightCount: Int) {
    self.steps = steps
    iterates = steps.map { _ in SharedBuffer(count: weightCount) }
  }

  /// Those there are so far.
  var kept: [SharedBuffer<Float>] { Array(iterates.prefix(Int(taken.view[0]))) }

  func take(_ weights: FloatView, step: Int) {
    guard let place = steps.firstIndex(of: step) else { return }
    iterates[place].view.copy(from: weights)
    taken.view[0] = Float(place + 1)
  }

  var state: [(name: String, values: FloatView)] {
    iterates.enumerated().map { ("iterate\($0.offset)", $0.element.view) }
      + [("iterates", taken.view)]
  }
}
