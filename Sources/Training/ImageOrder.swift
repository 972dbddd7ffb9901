// Which training image each sample of each step sees.

import Numerics

/// Deals the training images without replacement: one random order an epoch, a function of
/// (seed, epoch), and all samples of all steps take their images one after the other.
///
/// The image of (step, sample, position) is a function of these and the seed, so a resumed run goes on
/// where it stopped, on any rank count.
package final class ImageOrder {
  package let imageCount: Int
  private let seed: UInt64
  /// Orders of an even and an odd epoch.
  private let orders: [SharedBuffer<Int32>]
  private var epochs = [-1, -1]

  package init(imageCount: Int, seed: UInt64) {
    precondition(imageCount > 0)
    self.imageCount = imageCount
    self.seed = seed
    orders = [SharedBuffer(count: imageCount), SharedBuffer(count: imageCount)]
  }

  /// Overwrites `indices` with the images at `position` ..< `position + indices.count` of the endless
  /// deal. Draws an epoch's order when it is first needed.
  package func fill(_ indices: VectorView<Int32>, from position: Int) {
    var index = 0
    while index < indices.count {
      let epoch = (position + index) / imageCount
      let within = (position + index) % imageCount
      let count = min(indices.count - index, imageCount - within)
      indices.slice(index, count).copy(from: order(of: epoch).slice(within, count))
      index += count
    }
  }

  private func order(of epoch: Int) -> VectorView<Int32> {
    let slot = epoch % 2
    if epochs[slot] != epoch {
      CounterRandom(seed: seed, purpose: .shuffle, major: epoch).fillPermutation(orders[slot].view)
      epochs[slot] = epoch
    }
    return orders[slot].view
  }
}
