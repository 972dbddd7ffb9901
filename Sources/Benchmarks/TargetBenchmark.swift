// Timing of target networks alone.

import Configurations
import Host
import Numerics
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
    let layout = try configuration.hypernetworkLayout()
    let target = layout.target
    let images = configuration.training.imagesPerLatent
    let engines = try (0..<pool.threadCount).map {
      try TrainingEngine(
        architecture: target, imageCount: images, activations: configuration.training.precision,
        teamSize: pool.largestTeam(slot: $0))
    }
    let weights = SharedBuffer<Float>(count: latents * target.weightCount)
    let gradients = SharedBuffer<Float>(count: latents * target.weightCount)
    let pixels = SharedBuffer<Float>(count: latents * images * target.input.count)
    let room = AnswerRoom(target, count: latents * images)
    let random = CounterRandom(seed: 0, purpose: .test)
    random.fillNormal(weights.view)
    VectorMath.scale(weights.view, by: 0.1)
    random.fillUniform(pixels.view, low: 0, high: 1)
    switch room.answers {
    case .classes(let labels):
      for index in 0..<labels.count {
        labels[index] = ClassLabel(random.integer(index, below: target.classCount))
      }
    case .numbers(let numbers, _): random.fillNormal(numbers)
    }
    @Sendable func runAll() {
      pool.forEachTeam(latents) { latent, slot, team in
        _ = engines[slot].trainingPass(
          weights: weights.view.slice(latent * target.weightCount, target.weightCount),
          images: pixels.view.slice(
            latent * images * target.input.count, images * target.input.count),
          answers: room.answers.slice(latent * images..<(latent + 1) * images), gradientScale: 1,
          gradient: gradients.view.slice(latent * target.weightCount, target.weightCount),
          team: team)
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
      threadCount: pool.threadCount, latents: latents, imagesPerLatent: images,
      secondsMedian: seconds[repeats / 2], secondsMinimum: seconds[0], repeats: repeats,
      flops: Double(latents * images) * Double(target.trainingFLOPsPerImage),
      forwardFraction: forward / (forward + backward))
  }
}
