// Filters sorted to be like another network's.

import Numerics
import TargetNetworks

/// Puts the filters of one network into the order in which they are most like another's. What the network
/// computes stays the same: the input channels of the layer that reads them are moved along.
///
/// Layer by layer from the image on, those whose output one other layer alone reads (not the logits, nor where
/// a shortcut begins or ends): the permutation that maximizes the sum of the cosines of paired filters (all
/// their elements), channels having been moved before. That is best layer by layer, not necessarily for the
/// network as a whole.
public struct FilterMatching: Sendable {
  private let blocks: [TargetArchitecture.Block]

  public init(target: TargetArchitecture) { blocks = target.blocks }

  /// Reorders `weights` (D) to be like `reference` (D).
  public func match(_ weights: FloatView, to reference: FloatView) {
    for block in blocks {
      guard let consumer = block.consumer else { continue }
      let count = block.filterCount
      func filter(_ view: FloatView, _ filter: Int) -> FloatView {
        view.slice(block.offset + filter * block.filterSize, block.filterSize)
      }
      var gains: [Double] = []
      for a in 0..<count {
        for b in 0..<count {
          gains.append(InnerProduct.cosine(filter(reference, a), filter(weights, b)))
        }
      }
      let order = Assignment.maximize(gains, size: count)
      permute(weights.slice(block.range), order, size: block.filterSize)
      let next = blocks[consumer]
      for filter in 0..<next.filterCount {
        permute(
          weights.slice(next.offset + filter * next.filterSize, next.kernelCount), order,
          size: next.elementsPerChannel)
      }
    }
  }

  /// Piece k of the result is piece order[k].
  private func permute(_ view: FloatView, _ order: [Int], size: Int) {
    let old = view.array
    for (place, source) in order.enumerated() {
      for element in 0..<size { view[place * size + element] = old[source * size + element] }
    }
  }
}
