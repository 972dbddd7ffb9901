// Networks kept in memory, beside those that are generated again.

import Host
import Numerics

/// Some of the networks of a ``GeneratedNetworks``, in memory.
struct NetworkBlock: Sendable {
  let networks: Range<Int>
  private let source: GeneratedNetworks
  /// (at least these networks, D)
  private let storage: SharedBuffer<Float>

  /// Generates `networks` into `storage`, whose earlier block is void from then on. Cost: one generation a
  /// network, on all threads.
  init(
    _ networks: Range<Int>, of source: GeneratedNetworks, in storage: SharedBuffer<Float>,
    pool: WorkerPool
  ) {
    self.networks = networks
    self.source = source
    self.storage = storage
    let block = self
    pool.forEach(networks.count) { index, thread in
      source.generate(networks.lowerBound + index, thread, block.row(index))
    }
  }

  private func row(_ index: Int) -> FloatView {
    storage.view.slice(index * source.weightCount, source.weightCount)
  }

  /// A network's weights (D), where it is kept.
  func weights(of network: Int) -> FloatView? {
    networks.contains(network) ? row(network - networks.lowerBound) : nil
  }

  /// Overwrites `weights` (D) with any network: copied where it is kept, else generated on `thread`.
  func fill(_ network: Int, _ thread: Int, _ weights: FloatView) {
    if let kept = self.weights(of: network) {
      weights.copy(from: kept)
    } else {
      source.generate(network, thread, weights)
    }
  }
}
