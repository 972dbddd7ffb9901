// Timing of whole training steps.

import Collectives
import Configurations
import Datasets
import Glibc
import Host
import Hypernetworks
import Numerics
import Training

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
  public let communication: Communication
  /// Largest resident memory of a rank.
  public let peakResidentBytes: Int
  /// Allocations in one warm step on rank 0: by this program, and inside libraries.
  public let allocationsPerStep: Double
  public let libraryAllocationsPerStep: Double

  /// Messages between ranks, medians over steps on rank 0.
  public struct Communication: Sendable {
    /// Seconds with a message under way, and those of them that the main thread spent inside MPI.
    public var inFlightSeconds = 0.0
    public var exposedSeconds = 0.0
    /// From other steps, with a barrier before each operation that blocks: seconds in those barriers, and
    /// seconds inside MPI otherwise.
    public var waitingSeconds = 0.0
    public var transferSeconds = 0.0
    /// The least of any step: what other programs on the machine disturbed least.
    public var transferSecondsMinimum = 0.0
    public var bytesSent = 0

    /// The part of the time under way that was computed through.
    public var hiddenFraction: Double {
      inFlightSeconds > 0 ? 1 - exposedSeconds / inFlightSeconds : 0
    }
  }

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
    var inFlight = [Double](repeating: 0, count: repeats)
    var exposed = [Double](repeating: 0, count: repeats)
    var waiting = [Double](repeating: 0, count: repeats)
    let meter = CommunicationMeter.shared
    let before = allocations()
    for index in 0..<repeats {
      try communicator.barrier()
      meter.reset()
      let begin = monotonicSeconds()
      let report = try step.run(warmUp + 1 + index, measure: true)
      if let skipped = report.skipped {
        throw BenchmarkError(
          description:
            "\(skipped.text) is not finite: nothing to time; lower training.learningRate or "
            + "objective.lambda")
      }
      try communicator.barrier()
      seconds[index] = monotonicSeconds() - begin
      inFlight[index] = meter.inFlightSeconds
      exposed[index] = meter.exposedSeconds
    }
    let after = allocations()
    var communication = Communication()
    communication.inFlightSeconds = Statistics.median(inFlight)
    communication.exposedSeconds = Statistics.median(exposed)
    communication.bytesSent = meter.bytesSent
    let breakdown = Phase.allCases.map { ($0, step.clock[$0] / Double(repeats)) }
    meter.separatesWaiting = true
    for index in 0..<repeats {
      meter.reset()
      _ = try step.run(warmUp + 1 + repeats + index, measure: true)
      waiting[index] = meter.waitingSeconds
      exposed[index] = meter.exposedSeconds
    }
    meter.separatesWaiting = false
    communication.waitingSeconds = Statistics.median(waiting)
    communication.transferSeconds = Statistics.median(exposed)
    communication.transferSecondsMinimum = exposed.min()!
    let count = Double(repeats)
    return StepBenchmark(
      rankCount: communicator.size, threadCount: pool.threadCount, latents: plan.sampleCount,
      imagesPerLatent: configuration.training.imagesPerLatent,
      secondsMedian: Statistics.median(seconds), secondsMinimum: seconds.min()!, repeats: repeats,
      flops: flops(layout, configuration),
      breakdown: breakdown, communication: communication,
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
