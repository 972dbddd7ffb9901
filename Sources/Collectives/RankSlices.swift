// A vector in one slice a rank, as MPI's v-collectives take it.

import Numerics

/// Vectors cut into a slice for each rank, in the ranks' order, slice boundaries at multiples of 16 elements.
struct RankSlices: ~Copyable {
  let rankCount: Int
  /// Of the vector length that was prepared last.
  let counts: AlignedBuffer<Int32>
  let offsets: AlignedBuffer<Int32>

  init(rankCount: Int) {
    self.rankCount = rankCount
    counts = AlignedBuffer(count: rankCount)
    offsets = AlignedBuffer(count: rankCount)
  }

  func slice(of rank: Int, _ count: Int) -> Range<Int> {
    Self.slice(of: rank, among: rankCount, count)
  }

  static func slice(of rank: Int, among rankCount: Int, _ count: Int) -> Range<Int> {
    let blocks = (count + 15) / 16
    return min(
      count, rank * blocks / rankCount * 16)..<min(
        count, (rank + 1) * blocks / rankCount * 16)
  }

  /// Fills in ``counts`` and ``offsets`` for vectors of `count` elements.
  func prepare(_ count: Int) {
    for rank in 0..<rankCount {
      let slice = slice(of: rank, count)
      counts[rank] = Int32(slice.count)
      offsets[rank] = Int32(slice.lowerBound)
    }
  }
}
