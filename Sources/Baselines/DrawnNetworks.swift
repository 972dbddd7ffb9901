// Networks as a method makes them, before gauge fixing.

import Numerics

/// A fixed number of weight vectors that any thread makes.
protocol DrawnNetworks: Sendable {
  var count: Int { get }
  /// Overwrites `weights` (D).
  func fill(_ weights: FloatView, network: Int, thread: Int)
}
