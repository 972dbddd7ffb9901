// Copies of a network, each with its own units dropped.

import Numerics

/// Network k has mask k on network k modulo their number.
struct MaskedNetworks: DrawnNetworks {
  let base: [SharedBuffer<Float>]
  let count: Int
  let seed: UInt64
  let mask: DropoutMask

  func fill(_ weights: FloatView, network: Int, thread: Int) {
    weights.copy(from: base[network % base.count].view)
    mask.apply(CounterRandom(seed: seed, purpose: .memberDraws, major: network), to: weights)
  }
}
