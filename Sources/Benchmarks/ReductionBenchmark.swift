// The reproducible all-reduce beside MPI's own.

import Collectives
import Host
import Numerics

/// Seconds of sums over all ranks of one vector length, in turn on the same buffers.
public struct ReductionBenchmark: Sendable {
  public let floats: Int
  /// Nil where the case was left out for want of memory.
  public let figures: Figures?
  /// Memory the buffers of one rank take.
  public let bufferBytes: Int

  public struct Figures: Sendable {
    public let reproducibleMedian: Double
    public let plainMedian: Double
    public let reproducibleMinimum: Double
    public let plainMinimum: Double
    /// Median over the rounds of reproducible / plain within one round.
    public let ratio: Double
  }

  /// Times ``ReproducibleAllReduce/sum(nodes:stride:count:into:)`` of 8 shards, as the training uses it,
  /// and `MPI_Allreduce`, alternating. A time is from the moment all ranks are ready until the last is
  /// done. Collective.
  public static func run(floats: [Int], repeats: Int, communicator: Communicator) throws
    -> [ReductionBenchmark]
  {
    let plan = try ShardPlan(sampleCount: 8, shardCount: 8, rankCount: communicator.size)
    let nodes = (0..<communicator.size).map { plan.tree.cover(of: plan.shards(of: $0)).count }
    return try floats.map { count in
      let ownNodes = nodes.max()!
      let bytes =
        4 * count
        * (ownNodes + 1 + (ownNodes > 1 ? ownNodes : 0) + nodes.reduce(0, +) / communicator.size)
      let isTooLarge = bytes * communicator.ranksOnThisNode > MemoryUse.availableBytes
      let figures =
        try communicator.max(isTooLarge ? 1 : 0) > 0
        ? nil : try measure(count, plan, repeats: repeats, communicator: communicator)
      return ReductionBenchmark(floats: count, figures: figures, bufferBytes: bytes)
    }
  }

  private static func measure(
    _ count: Int, _ plan: ShardPlan, repeats: Int, communicator: Communicator
  ) throws -> Figures {
    let reproducible = ReproducibleAllReduce<Float>(
      communicator: communicator, plan: plan, capacity: count)
    let plain = PlainAllReduce<Float>(communicator: communicator, plan: plan)
    let parts = AlignedBuffer<Float>(count: reproducible.nodes.count * count)
    let result = AlignedBuffer<Float>(count: count)
    func time(_ body: () throws -> Void) throws -> Double {
      try communicator.barrier()
      let begin = monotonicSeconds()
      try body()
      try communicator.barrier()
      return monotonicSeconds() - begin
    }
    var seconds: (reproducible: [Double], plain: [Double]) = ([], [])
    for round in 0...repeats {
      let first = try time {
        try reproducible.sum(nodes: parts.view, stride: count, count: count, into: result.view)
      }
      let second = try time {
        try plain.sum(parts.view.slice(0, count), into: result.view)
      }
      // The first round warms up.
      if round > 0 {
        seconds.reproducible.append(first)
        seconds.plain.append(second)
      }
    }
    let ratios = zip(seconds.reproducible, seconds.plain).map { $0 / $1 }.sorted()
    seconds.reproducible.sort()
    seconds.plain.sort()
    return Figures(
      reproducibleMedian: seconds.reproducible[repeats / 2],
      plainMedian: seconds.plain[repeats / 2], reproducibleMinimum: seconds.reproducible[0],
      plainMinimum: seconds.plain[0], ratio: ratios[repeats / 2])
  }
}
