// The order of a layer's filters, which does not change what a network computes.

import Numerics
import TargetNetworks

/// Sorts each hidden layer's filters by their norm: the symmetry that ``GaugeFixing`` leaves.
///
/// In layers l = 1 .. L-1 filter p becomes the one with the p-th smallest s, the s of
/// ``GaugeFixing/apply(to:scales:)`` (the filter's root mean square from before it was divided by it),
/// filters of equal s staying in their order; the next layer's input channels follow. The network
/// computes the same function. Where a normalization follows, s is that of (scale, shift); layers that no
/// other one alone reads stay as they are. The map is a permutation for each layer, so its gradient is the inverse
/// permutation; where two norms meet it jumps.
public struct PermutationGauge: Sendable {
  private let blocks: [TargetArchitecture.Block]
  /// Where each block's order begins among all, and its s among the gauge's scales.
  private let orders: [(offset: Int, slot: Int)?]
  /// Where the order of each block's input channels begins.
  private let incoming: [Int?]
  /// Elements of all orders together.
  public let orderCount: Int

  public init(target: TargetArchitecture) {
    blocks = target.blocks
    let slots = GaugeFixing(target: target, discrete: true).sizeSlots
    var orders: [(offset: Int, slot: Int)?] = []
    var incoming = [Int?](repeating: nil, count: target.blocks.count)
    var count = 0
    for (block, slot) in zip(target.blocks, slots) {
      orders.append(slot.map { (count, $0) })
      guard slot != nil, let consumer = block.consumer else { continue }
      incoming[consumer] = count
      count += block.filterCount
    }
    self.orders = orders
    self.incoming = incoming
    orderCount = count
  }

  /// Overwrites `order` (orderCount): within each layer, the filter that comes to each place by `scales`
  /// (the gauge's, read). Cost: about the square of a layer's filters (insertion keeps equals in order
  /// and allocates nothing).
  public func sort(by scales: FloatView, into order: VectorView<Int32>) {
    for (index, block) in blocks.enumerated() {
      guard let (offset, slot) = orders[index] else { continue }
      for filter in 0..<block.filterCount {
        let scale = scales[slot + filter]
        var place = filter
        while place > 0, scales[slot + Int(order[offset + place - 1])] > scale {
          order[offset + place] = order[offset + place - 1]
          place -= 1
        }
        order[offset + place] = Int32(filter)
      }
    }
  }

  /// Overwrites `sorted` (D) with `values` (D, read) in `order`. Cost: D elements moved.
  public func apply(_ order: VectorView<Int32>, to values: FloatView, into sorted: FloatView) {
    forEachChannel(order) { own, other, count in
      sorted.slice(own, count).copy(from: values.slice(other, count))
    }
  }

  /// Overwrites `values` (D) with `sorted` (D, read) put back: undoes
  /// ``apply(_:to:into:)``, and takes a gradient back through it.
  public func undo(_ order: VectorView<Int32>, from sorted: FloatView, into values: FloatView) {
    forEachChannel(order) { own, other, count in
      values.slice(other, count).copy(from: sorted.slice(own, count))
    }
  }

  /// Calls `body` with where each run of elements lies when sorted, where before, and its length: of each
  /// filter the elements on one input channel, and what is behind the kernel.
  private func forEachChannel(_ order: VectorView<Int32>, _ body: (Int, Int, Int) -> Void) {
    for (index, block) in blocks.enumerated() {
      for filter in 0..<block.filterCount {
        let source = orders[index].map { Int(order[$0.offset + filter]) } ?? filter
        let own = block.offset + filter * block.filterSize
        let other = block.offset + source * block.filterSize
        guard let first = incoming[index] else {
          body(own, other, block.filterSize)
          continue
        }
        for channel in 0..<block.inputChannelCount {
          let place = channel * block.elementsPerChannel
          let from = Int(order[first + channel]) * block.elementsPerChannel
          body(own + place, other + from, block.elementsPerChannel)
        }
        body(
          own + block.kernelCount, other + block.kernelCount, block.filterSize - block.kernelCount)
      }
    }
  }
}
