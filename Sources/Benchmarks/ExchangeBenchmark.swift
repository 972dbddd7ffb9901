// Timing of whole exchanges of weight vectors: nearest neighbours and their gradient.

import Collectives
import Host
import Hypernetworks
import Numerics

/// One exchange of made-up weight vectors at one size: start, nearest neighbours, gradient.
public struct ExchangeBenchmark: Sendable {
  public let exchange: Exchange
  public let latents: Int
  public let weights: Int
  /// Nil where the case was left out for want of memory.
  public let figures: Figures?
  /// Memory the buffers of one rank take: the rank's weights, their gradient, and the exchange's.
  public let bufferBytes: Int
  /// Bytes a rank sends by the formulas of docs/benchmarks/exchange.md.
  public let expectedBytesSent: Int

  public struct Figures: Sendable {
    public let secondsMedian: Double
    public let secondsMinimum: Double
    /// Of the median's total, the mean seconds rank 0's main thread spent inside MPI.
    public let secondsCommunication: Double
    /// Bytes a rank sent in one exchange: mean over the ranks, and the most.
    public let bytesSent: Int
    public let bytesSentMost: Int
    /// Largest resident memory of a rank.
    public let peakResidentBytes: Int
  }

  /// The sizes to time.
  public struct Request: Sendable {
    public var weights: Int
    public var latents: [Int]
    public var repeats: Int

    public init(weights: Int, latents: [Int], repeats: Int) {
      self.weights = weights
      self.latents = latents
      self.repeats = repeats
    }
  }

  /// Times each size with both exchanges. A case whose buffers on this machine's ranks exceed what it
  /// has available is left out. `releaseMemory` gives freed memory back to the system before each case.
  /// Collective.
  public static func run(
    _ request: Request, communicator: Communicator, pool: WorkerPool, releaseMemory: () -> Void
  ) throws -> [ExchangeBenchmark] {
    var results: [ExchangeBenchmark] = []
    for latents in request.latents {
      let plan = try ShardPlan(sampleCount: latents, shardCount: 8, rankCount: communicator.size)
      for exchange in [Exchange.allgather, .sliced] {
        let bytes = bufferBytes(exchange, plan, weights: request.weights)
        releaseMemory()
        let isTooLarge = bytes * communicator.ranksOnThisNode > MemoryUse.availableBytes
        let figures =
          try communicator.max(isTooLarge ? 1 : 0) > 0
          ? nil
          : try measure(
            exchange, plan, weights: request.weights, repeats: request.repeats,
            communicator: communicator, pool: pool)
        results.append(
          ExchangeBenchmark(
            exchange: exchange, latents: latents, weights: request.weights, figures: figures,
            bufferBytes: bytes,
            expectedBytesSent: expectedBytesSent(exchange, plan, weights: request.weights)))
      }
    }
    return results
  }

  /// Weights and gradient, n*D floats each for a rank's n samples; and all N*D gathered ones, or two
  /// more buffers of n*D.
  private static func bufferBytes(_ exchange: Exchange, _ plan: ShardPlan, weights: Int) -> Int {
    let own = plan.samples(of: plan.rankCount - 1).count * weights
    let received = plan.rankCount == 1 && exchange == .allgather ? 0 : plan.sampleCount * weights
    return 4 * (exchange == .allgather ? 2 * own + received : 4 * own)
  }

  /// allgather: a rank's N*D/P floats go to each of the P - 1 others. sliced: of N*D/P floats all but
  /// its own slice go away, come home as two terms of two bits each, and N(N-1)/2 distances in Double are all-reduced.
  private static func expectedBytesSent(_ exchange: Exchange, _ plan: ShardPlan, weights: Int)
    -> Int
  {
    let (n, d, p) = (Double(plan.sampleCount), Double(weights), Double(plan.rankCount))
    switch exchange {
    case .allgather, .auto: return Int(4 * n * d * (p - 1) / p)
    case .sliced: return Int(4.5 * n * d * (p - 1) / (p * p) + 8 * n * (n - 1) * (p - 1) / p)
    }
  }

  private static func measure(
    _ exchange: Exchange, _ plan: ShardPlan, weights: Int, repeats: Int,
    communicator: Communicator, pool: WorkerPool
  ) throws -> Figures {
    MemoryUse.resetPeak()
    let samples = plan.samples(of: communicator.rank)
    let values = AlignedBuffer<Float>(count: samples.count * weights)
    let gradient = AlignedBuffer<Float>(count: samples.count * weights)
    for (local, sample) in samples.enumerated() {
      CounterRandom(seed: 1, purpose: .test, minor: sample)
        .fillUniform(values.view.slice(local * weights, weights), low: -1, high: 1)
    }
    let term = EntropyTerm(
      plan: plan, communicator: communicator, latentSize: 300, weightCount: weights, metric: .l1,
      exchange: exchange, pool: pool, clock: PhaseClock())
    var seconds: [Double] = []
    let meter = CommunicationMeter.shared
    for round in 0...repeats {
      // The first round warms up.
      if round == 1 { meter.reset() }
      try communicator.barrier()
      let begin = monotonicSeconds()
      try term.start(values.view)
      _ = try term.finish(addingTo: gradient.view)
      try communicator.barrier()
      if round > 0 { seconds.append(monotonicSeconds() - begin) }
    }
    seconds.sort()
    let sent = meter.bytesSent / repeats
    return Figures(
      secondsMedian: seconds[repeats / 2], secondsMinimum: seconds[0],
      secondsCommunication: meter.exposedSeconds / Double(repeats),
      bytesSent: try sum(sent, communicator) / communicator.size,
      bytesSentMost: try communicator.max(sent),
      peakResidentBytes: try communicator.max(MemoryUse.peakResidentBytes))
  }

  private static func sum(_ value: Int, _ communicator: Communicator) throws -> Int {
    let total = AlignedBuffer<Int64>(count: 1)
    total[0] = Int64(value)
    try communicator.sum(total.view)
    return Int(total[0])
  }
}
