// Timing of whole training steps.

import Collectives
import Configurations
import Datasets
import Glibc
import Hypernetworks
import TensorCore

/// Seconds of warm training steps on made-up images, and where they go.
public struct StepBenchmark: Sendable {
  public let rankCount: Int
  public let threadCount: Int
  public let latents: Int
  public let imagesPerLatent: Int
  public let secondsMedian: Double
  public let secondsMinimum: Double
  public let repeats: Int
  /// Floating-point operations of one step on all ranks: matrix products and convolutions.
  public let flops: Double
  /// Seconds a step by phase, mean over the timed steps, on rank 0.
  public let breakdown: [(Phase, Double)]
  /// Largest resident memory of a rank.
  public let peakResidentBytes: Int
  /// Allocations in one warm step on rank 0: by this program, and inside libraries.
  public let allocationsPerStep: Double
  public let libraryAllocationsPerStep: Double

  public var gigaflopsPerSecond: Double { flops / secondsMedian * 1e-9 }

  private static let warmUp = 3

  /// Times `repeats` steps after a warm-up. `allocations` returns this program's and its libraries'
  /// counts so far. A step's time is from the moment all ranks are ready until the last is done, as
  /// rank 0 sees it. Collective.
  public static func run(
    _ configuration: Configuration, repeats: Int, communicator: Communicator, pool: WorkerPool,
    allocations: () -> (own: Int, library: Int)
  ) throws -> StepBenchmark {
    let layout = try configuration.hypernetworkLayout()
    let plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.distribution.shards,
      rankCount: communicator.size)
    let parameters = HypernetworkParameters(layout: layout, seed: configuration.training.seed)
    let step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration), plan: plan,
      images: randomImages(layout, count: 2_048), communicator: communicator, pool: pool)
    for index in 1...warmUp { _ = try step.run(index, measure: true) }
    step.clock.reset()
    var seconds = [Double](repeating: 0, count: repeats)
    let before = allocations()
    for index in 0..<repeats {
      try communicator.barrier()
      let begin = monotonicSeconds()
      let report = try step.run(warmUp + 1 + index, measure: true)
      if let skipped = report.skipped {
        throw TrainingError(
          description:
            "\(skipped.text) is not finite: nothing to time; lower training.learningRate or "
            + "objective.lambda", isMetByAllRanks: true)
      }
      try communicator.barrier()
      seconds[index] = monotonicSeconds() - begin
    }
    let after = allocations()
    let sorted = seconds.sorted()
    let count = Double(repeats)
    return StepBenchmark(
      rankCount: communicator.size, threadCount: pool.threadCount, latents: plan.sampleCount,
      imagesPerLatent: configuration.training.imagesPerLatent,
      secondsMedian: sorted[repeats / 2], secondsMinimum: sorted[0], repeats: repeats,
      flops: flops(layout, configuration),
      breakdown: Phase.allCases.map { ($0, step.clock[$0] / count) },
      peakResidentBytes: try communicator.max(peakResidentBytes()),
      allocationsPerStep: Double(after.own - before.own) / count,
      libraryAllocationsPerStep: Double(after.library - before.library) / count)
  }

  /// 2 FLOPs a multiply-add. Hypernetwork: forward, and backward to weights and inputs. Target
  /// networks: the same, without the gradient with respect to the images.
  private static func flops(_ layout: HypernetworkLayout, _ configuration: Configuration) -> Double
  {
    let latents = Double(configuration.training.latents)
    let images = latents * Double(configuration.training.imagesPerLatent)
    let hypernetwork = ([layout.extractor] + layout.generators).reduce(0) { sum, perceptron in
      sum + perceptron.rowsPerLatent * perceptron.weights.reduce(0) { $0 + $1.count }
    }
    return images * Double(layout.target.trainingFLOPsPerImage) + latents * 6 * Double(hypernetwork)
  }

  private static func randomImages(_ layout: HypernetworkLayout, count: Int) -> LabeledImages {
    let shape = layout.target.input
    let random = CounterRandom(seed: 0, purpose: .test)
    let pixels = (0..<count * shape.count / 4 + 1).flatMap { index -> [UInt8] in
      let block = random.bits(index)
      return [block.x, block.y, block.z, block.w].map { UInt8(truncatingIfNeeded: $0) }
    }
    return LabeledImages(
      shape: shape, classCount: layout.target.classCount,
      pixels: Array(pixels.prefix(count * shape.count)),
      labels: (0..<count).map {
        UInt8(random.integer($0, below: layout.target.classCount))
      })
  }

  /// The largest resident memory this process has had.
  public static func peakResidentBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
