// Timing of target networks alone.

import Configurations
import Host
import TargetNetworks

/// Seconds of forward and backward passes of target networks, without the hypernetwork.
public struct TargetBenchmark: Sendable {
  public let threadCount: Int
  public let latents: Int
  public let imagesPerLatent: Int
  public let secondsMedian: Double
  public let secondsMinimum: Double
  public let repeats: Int
  /// 2 a multiply-add, of all networks' passes; the gradient with respect to the images left out.
  public let flops: Double
  /// Of the threads' time, the fractions forward and backward.
  public let forwardFraction: Double

  public var gigaflopsPerSecond: Double { flops / secondsMedian * 1e-9 }

  /// Times `repeats` rounds of `latents` networks with random weights, each on its own random images, dealt
  /// to the pool's threads one network at a time, the last ones to teams of several. Local.
  public static func run(
    _ configuration: Configuration, latents: Int, repeats: Int, pool: WorkerPool
  ) throws -> TargetBenchmark {
    let networks = try MadeUpNetworks(configuration, count: latents)
    let engines = try (0..<pool.threadCount).map {
      try networks.engine(teamSize: pool.largestTeam(slot: $0))
    }
    @Sendable func runAll() {
      pool.forEachTeam(latents) { latent, slot, team in
        networks.pass(latent, on: engines[slot], team)
      }
    }
    func round() { pool.awake(runAll) }
    for _ in 0..<3 { round() }
    let seconds = (0..<repeats).map { _ in
      let begin = monotonicSeconds()
      round()
      return monotonicSeconds() - begin
    }.sorted()
    let forward = engines.reduce(0) { $0 + $1.forwardSeconds }
    let backward = engines.reduce(0) { $0 + $1.backwardSeconds }
    return TargetBenchmark(
      threadCount: pool.threadCount, latents: latents, imagesPerLatent: networks.imageCount,
      secondsMedian: seconds[repeats / 2], secondsMinimum: seconds[0], repeats: repeats,
      flops: Double(latents) * networks.flops,
      forwardFraction: forward / (forward + backward))
  }
}
