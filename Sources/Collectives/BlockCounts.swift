// Counts and displacements of one block a rank, as MPI's v-collectives take them.

import Numerics

/// `counts[r]` elements for rank r, blocks lying one behind the other.
struct BlockCounts: ~Copyable {
  let counts: AlignedBuffer<Int32>
  let displacements: AlignedBuffer<Int32>
  let total: Int

  init(_ counts: [Int]) {
    self.counts = AlignedBuffer(count: counts.count)
    displacements = AlignedBuffer(count: counts.count)
    var offset = 0
    for (rank, count) in counts.enumerated() {
      self.counts[rank] = mpiCount(count)
      displacements[rank] = mpiCount(offset)
      offset += count
    }
    total = offset
  }

  func block(of rank: Int) -> Range<Int> {
    Int(displacements[rank])..<Int(displacements[rank]) + Int(counts[rank])
  }
}
