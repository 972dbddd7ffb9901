// What methods keep of a network's way.

import Numerics

/// Takes a network's iterates in, at the steps that it wants.
protocol IterateCollector: AnyObject, Sendable {
  /// Hears of the weights (D) after step `step`.
  func take(_ weights: FloatView, step: Int)
  /// All that it goes on from, by name.
  var state: [(name: String, values: FloatView)] { get }
}
