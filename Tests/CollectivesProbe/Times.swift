// Times of the reproducible all-reduce beside MPI_Allreduce, for choosing the length at which a
// vector goes the long way.

import CMPI
import Collectives
import Glibc
import Numerics

func printTimes(_ communicator: Communicator, shardCount: Int) throws {
  let plan = try ShardPlan(
    sampleCount: shardCount, shardCount: shardCount, rankCount: communicator.size)
  let shards = plan.shards(of: communicator.rank).count
  if communicator.rank == 0 {
    print("  elements   plain[us]   short[us]    long[us]  shards+long[us]  (lowest of many)")
  }
  for count in [16, 256, 1_024, 4_096, 16_384, 65_536, 633_640] {
    let long = ReproducibleAllReduce<Float>(
      communicator: communicator, plan: plan, capacity: count, shortMessageBytes: 0)
    let short = ReproducibleAllReduce<Float>(
      communicator: communicator, plan: plan, capacity: count, shortMessageBytes: 1 << 40)
    let parts = AlignedBuffer<Float>(count: shards * count)
    let result = AlignedBuffer<Float>(count: count)
    let repeats = max(20, min(500, 20_000_000 / count))

    /// The lowest time of one call on rank 0, in microseconds.
    func lowest(_ body: () throws -> Void) throws -> Double {
      var best = Double.infinity
      for _ in 0..<repeats {
        try communicator.barrier()
        let start = MPI_Wtime()
        try body()
        best = min(best, MPI_Wtime() - start)
      }
      return best * 1e6
    }
    let plain = try lowest {
      MPI_Allreduce(
        parts.view.baseAddress, result.view.baseAddress, Int32(count), hyperdist_mpi_float(),
        hyperdist_mpi_sum(), communicator.handle)
    }
    let shortTime = try lowest {
      try short.sum(nodes: parts.view, stride: count, count: count, into: result.view)
    }
    let longTime = try lowest {
      try long.sum(nodes: parts.view, stride: count, count: count, into: result.view)
    }
    let shardTime = try lowest {
      try long.sum(shards: parts.view, stride: count, count: count, into: result.view)
    }
    if communicator.rank == 0 {
      let columns = [plain, shortTime, longTime, shardTime].map { time in
        let text = "\((time * 10).rounded() / 10)"
        return String(repeating: " ", count: max(0, 12 - text.count)) + text
      }
      let label = "\(count)"
      print(
        String(repeating: " ", count: max(0, 10 - label.count)) + label + columns.joined())
    }
  }
}
