// Whether networks are wrong about the same images.

import Collectives
import Host
import Numerics

/// Intersection over union of the sets of images that two networks get wrong, |E1 and E2| / |E1 or E2|, over all pairs (Zeng et al. 2025):
/// low means that they are truly different. Of two networks without a mistake it is 1.
public struct ErrorOverlap: Sendable, Equatable {
  public let mean: Double
  public let maximum: Double

  /// Sums are of whole multiples of this part, so that no order of the pairs changes them.
  private static let units = Double(1 << 31)

  /// Of `count` networks, of which `classes`, (own networks, images), are what this rank's name. nil of a single network.
  /// Collective. Memory: networks * images / 8 bytes. Cost: networks^2 * images / 128 operations on words, divided by all cores.
  init?(
    _ classes: VectorView<ClassLabel>, labels: [ClassLabel], count: Int,
    evaluator: EnsembleEvaluator
  ) throws {
    guard count > 1 else { return nil }
    let errors = try Self.errors(classes, labels, count, evaluator)
    let words = (labels.count + 63) / 64
    let pool = evaluator.pool
    let sums = (0..<pool.threadCount).map { _ in SharedBuffer<Int64>(count: 1) }
    let largest = (0..<pool.threadCount).map { _ in SharedBuffer<Int64>(count: 1) }
    // Row i is compared with the half of the networks behind it, counted round.
    let own = evaluator.ownNetworks(count)
    pool.forEach(own.count) { index, thread in
      let row = own.lowerBound + index
      let reach = count % 2 == 1 || row < count / 2 ? count / 2 : count / 2 - 1
      for distance in 1...max(1, reach) where distance <= reach {
        let other = (row + distance) % count
        var (both, either) = (0, 0)
        for word in 0..<words {
          let (a, b) = (errors.view[row * words + word], errors.view[other * words + word])
          both += (a & b).nonzeroBitCount
          either += (a | b).nonzeroBitCount
        }
        let overlap = either == 0 ? 1 : Double(both) / Double(either)
        let units = Int64((overlap * Self.units).rounded())
        sums[thread].view[0] += units
        largest[thread].view[0] = max(largest[thread].view[0], units)
      }
    }
    let total = SharedBuffer<Int64>(count: 1)
    let most = SharedBuffer<Int64>(count: 1)
    for thread in 0..<pool.threadCount {
      total.view[0] += sums[thread].view[0]
      most.view[0] = max(most.view[0], largest[thread].view[0])
    }
    if evaluator.communicator.size > 1 {
      try evaluator.communicator.sum(total.view)
      try evaluator.communicator.max(most.view)
    }
    let pairs = Double(count) * Double(count - 1) / 2
    mean = Double(total.view[0]) / (Self.units * pairs)
    maximum = Double(most.view[0]) / Self.units
  }

  /// (networks, words): a bit for each image that a network gets wrong, on every rank. Collective.
  private static func errors(
    _ classes: VectorView<ClassLabel>, _ labels: [ClassLabel], _ count: Int,
    _ evaluator: EnsembleEvaluator
  ) throws -> SharedBuffer<Int64> {
    let words = (labels.count + 63) / 64
    let own = SharedBuffer<Int64>(count: evaluator.ownNetworks(count).count * words)
    for network in 0..<own.view.count / words {
      for (image, label) in labels.enumerated()
      where classes[network * labels.count + image] != label {
        own.view[network * words + image / 64] |= 1 << (image % 64)
      }
    }
    let all = SharedBuffer<Int64>(count: count * words)
    try evaluator.gather(own.view, count: count, into: all.view)
    return all
  }
}
