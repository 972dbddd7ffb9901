// Sums of the samples' rows of each shard.

import Host
import Numerics

/// Overwrites each shard's row of `sums` with the sum of its samples' rows.
struct SumShard: LoopBody {
  let samplesPerShard: Int
  let width: Int
  /// (local samples, width)
  let rows: FloatView
  /// (local shards, width)
  let sums: FloatView

  func callAsFunction(_ shard: Int, _ thread: Int) {
    let sum = sums.slice(shard * width, width)
    sum.fill(0)
    for sample in shard * samplesPerShard..<(shard + 1) * samplesPerShard {
      VectorMath.add(rows.slice(sample * width, width), times: 1, to: sum)
    }
  }
}
