// The distances that a nearest-neighbour search needs, each pair of samples once.

import TensorCore

/// The pairs (i, j), i < j, of which one is a candidate of the other, for the samples whose neighbours
/// are sought, in the order of i, then j. A distance is the same in both directions, bit by bit.
final class DistancePairs {
  /// Pairs there are now, and the most there can be.
  private(set) var count = 0
  let capacity: Int
  private let rows: Range<Int>
  private let candidates: CandidateSets
  /// (pairs, 2)
  private let pairs: AlignedBuffer<Int32>

  /// The pairs that the search for the neighbours of the samples `rows` needs.
  init(rows: Range<Int>, candidates: CandidateSets) {
    self.rows = rows
    self.candidates = candidates
    let others = candidates.sampleCount - rows.count
    capacity = min(
      rows.count * candidates.count, rows.count * others + rows.count * (rows.count - 1) / 2)
    pairs = AlignedBuffer(count: 2 * capacity)
    update()
  }

  /// Lists the pairs anew after the candidates have changed. Cost: N * N look-ups.
  func update() {
    count = 0
    for i in 0..<candidates.sampleCount {
      for j in i + 1..<candidates.sampleCount where seeks(i, j) || seeks(j, i) {
        pairs[2 * count] = Int32(i)
        pairs[2 * count + 1] = Int32(j)
        count += 1
      }
    }
  }

  /// Whether the neighbour of `sample` is sought, and `other` may be it.
  @inline(__always)
  private func seeks(_ sample: Int, _ other: Int) -> Bool {
    rows.contains(sample) && candidates.contains(other, of: sample)
  }

  /// Overwrites `partial`, one number a pair, with a slice's part of the distances.
  /// Cost: 3 * pairs * width FLOPs.
  func partialDistances(_ slice: WeightSlice, metric: DistanceMetric, into partial: DoubleView) {
    for pair in 0..<count {
      partial[pair] = DistanceKernels.partial(
        slice.row(Int(pairs[2 * pair])), slice.row(Int(pairs[2 * pair + 1])), metric: metric)
    }
  }

  /// Overwrites the nearest candidate of each sample in `rows`, the lowest of several as near, from the
  /// pairs' distances.
  func choose(from distances: DoubleView, into nearest: NearestNeighbours) {
    for sample in rows { nearest.neighbours[sample] = -1 }
    for pair in 0..<count {
      let (i, j) = (Int(pairs[2 * pair]), Int(pairs[2 * pair + 1]))
      if seeks(i, j) { nearest.offer(j, to: i, at: distances[pair]) }
      if seeks(j, i) { nearest.offer(i, to: j, at: distances[pair]) }
    }
  }
}
