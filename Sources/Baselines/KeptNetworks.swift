// Networks that lie in memory.

import Numerics

/// Weight vectors as they are.
struct KeptNetworks: DrawnNetworks {
  let weights: [SharedBuffer<Float>]

  var count: Int { weights.count }

  func fill(_ weights: FloatView, network: Int, thread: Int) {
    weights.copy(from: self.weights[network].view)
  }
}
