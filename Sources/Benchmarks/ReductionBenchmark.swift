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
    public let reproducibleMinimum: Double
    /// The same sums by messages from every rank to every rank.
    public let allToAllMedian: Double
    public let allToAllMinimum: Double
    public let plainMedian: Double
    public let plainMinimum: Double
    /// Median over the rounds of reproducible / plain within one round.
    public let ratio: Double
    /// What all ranks together send in a reproducible sum.
    public let messages: Int
    public let bytes: Int
  }

  /// Times ``ReproducibleAllReduce/sum(nodes:stride:count:into:)`` of 8 shards, as the training uses it,
  /// with the messages that are chosen for this rank count and all to all, and `MPI_Allreduce`, in turn. A time is from the moment all ranks are ready until the last is
  /// done. Collective.
  public static func run(floats: [Int], repeats: Int, communicator: Communicator) throws
    -> [ReductionBenchmark]
  {
    func plan(_ collectives: CollectivePattern) throws -> ShardPlan {
      try ShardPlan(
        sampleCount: 8, shardCount: 8, rankCount: communicator.size, collectives: collectives)
    }
    let (chosen, allToAll) = (try plan(.auto), try plan(.alltoall))
    let nodes = (0..<communicator.size).map { chosen.tree.cover(of: chosen.shards(of: $0)).count }
    return try floats.map { count in
      let ownNodes = nodes.max()!
      let bytes =
        4 * count
        * (ownNodes + 1 + (ownNodes > 1 ? ownNodes : 0) + nodes.reduce(0, +) / communicator.size)
      let isTooLarge = bytes * communicator.ranksOnThisNode > MemoryUse.availableBytes
      let figures =
        try communicator.max(isTooLarge ? 1 : 0) > 0
        ? nil
        : try measure(
          count, chosen, allToAll, repeats: repeats, communicator: communicator)
      return ReductionBenchmark(floats: count, figures: figures, bufferBytes: bytes)
    }
  }

  private static func measure(
    _ count: Int, _ chosen: ShardPlan, _ allToAll: ShardPlan, repeats: Int,
    communicator: Communicator
  ) throws -> Figures {
    let sums = [chosen, allToAll].map {
      ReproducibleAllReduce<Float>(communicator: communicator, plan: $0, capacity: count)
    }
    let plain = PlainAllReduce<Float>(communicator: communicator, plan: .ofSamples(chosen))
    let parts = AlignedBuffer<Float>(count: max(1, sums[0].nodes.count) * count)
    let result = AlignedBuffer<Float>(count: count)
    func time(_ body: () throws -> Void) throws -> Double {
      try communicator.barrier()
      let begin = monotonicSeconds()
      try body()
      try communicator.barrier()
      return monotonicSeconds() - begin
    }
    var seconds: [[Double]] = [[], [], []]
    let sent = AlignedBuffer<Int64>(count: 2)
    for round in 0...repeats {
      var times = try sums.enumerated().map { kind, sum in
        let isCounted = round == 0 && kind == 0
        if isCounted { CommunicationMeter.shared.reset() }
        let seconds = try time {
          try sum.sum(nodes: parts.view, stride: count, count: count, into: result.view)
        }
        if isCounted {
          sent[0] = Int64(CommunicationMeter.shared.messagesSent)
          sent[1] = Int64(CommunicationMeter.shared.bytesSent)
        }
        return seconds
      }
      times.append(try time { try plain.sum(parts.view.slice(0, count), into: result.view) })
      // The first round warms up, and is counted.
      if round > 0 { for (kind, time) in times.enumerated() { seconds[kind].append(time) } }
    }
    try communicator.sum(sent.view)
    let ratios = zip(seconds[0], seconds[2]).map { $0 / $1 }.sorted()
    let sorted = seconds.map { $0.sorted() }
    return Figures(
      reproducibleMedian: sorted[0][repeats / 2], reproducibleMinimum: sorted[0][0],
      allToAllMedian: sorted[1][repeats / 2], allToAllMinimum: sorted[1][0],
      plainMedian: sorted[2][repeats / 2], plainMinimum: sorted[2][0], ratio: ratios[repeats / 2],
      messages: Int(sent[0]), bytes: Int(sent[1]))
  }
}
