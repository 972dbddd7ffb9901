// Networks named by their numbers, to be made wherever and as often as they are needed.

import Numerics

/// Weight vectors that are functions of a network's number alone, so that any rank and any thread makes any of
/// them.
struct GeneratedNetworks: Sendable {
  let count: Int
  /// D
  let weightCount: Int
  /// Overwrites `weights` (D) with a network, on the calling thread, `thread` of the pool.
  let generate: @Sendable (_ network: Int, _ thread: Int, _ weights: FloatView) -> Void
}
