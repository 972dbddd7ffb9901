// Timing of whole training steps.

import Checkpointing
import Collectives
import Configurations
import Datasets
import Glibc
import Host
import Hypernetworks
import Numerics
import TargetNetworks
import TrainedModels
import Training

/// Seconds of warm training steps, of a hypernetwork or a baseline, on made-up images, and where they go.
public struct StepBenchmark: Sendable {
  public let rankCount: Int
  public let threadCount: Int
  public let latents: Int
  public let imagesPerLatent: Int
  public let secondsMedian: Double
  public let secondsMinimum: Double
  public let repeats: Int
  /// Each timed step, in their order.
  public let steps: [StepRecord]
  /// Of the training's state after all steps: the same for the same settings and repeats, whatever the ranks and threads.
  public let digest: String
  /// The most threads that share a network at the same time, on rank 0.
  public let teamSize: Int
  /// Floating-point operations of one step on all ranks: matrix products and convolutions.
  public let flops: Double
  /// Seconds a step by phase, mean over the timed steps, of each rank.
  public let phases: [RankPhases]
  /// What the hypernetwork's phases must compute and move, on all ranks; empty of a baseline.
  public let work: [(Phase, HypernetworkWork)]
  /// Of rank 0's core, measured after the steps.
  public let limits: CoreLimits
  public let communication: Communication
  /// Largest resident memory of a rank.
  public let peakResidentBytes: Int
  /// Allocations in one warm step on rank 0: by this program, and inside libraries. Medians over steps, in some of which the
  /// watchdog's thread sends a heartbeat.
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
    /// Of one step of the rank that has most of each: operations for whose end it waited, those that were under way meanwhile, messages.
    public var blockingOperations = 0
    public var startedOperations = 0
    public var messagesSent = 0

    /// The part of the time under way that was computed through.
    public var hiddenFraction: Double {
      inFlightSeconds > 0 ? 1 - exposedSeconds / inFlightSeconds : 0
    }
  }

  /// A rank's phases.
  public struct RankPhases: Sendable {
    public let host: String
    /// In the order of ``Phase``.
    public let seconds: [Double]
  }

  /// Rank 0's phases.
  public var breakdown: [(Phase, Double)] { Array(zip(Phase.allCases, phases[0].seconds)) }

  public var stepSeconds: [Double] { steps.map(\.seconds) }
  /// Machines that the ranks are on.
  public var nodeCount: Int { Set(phases.map(\.host)).count }

  public var gigaflopsPerSecond: Double { flops / secondsMedian * 1e-9 }

  private static let warmUp = 3

  /// What is timed: steps of a hypernetwork, or of a baseline's networks.
  private struct Work {
    let step: any OptimizationStep
    /// Latents, or networks that are trained, and the images of each.
    let networks: Int
    let images: Int
    /// Of this rank, at the same time.
    let ownNetworks: Int
    /// Whether ranks divide networks' images, each with all its threads.
    let isDivided: Bool
    /// Of one step.
    let flops: Double
    /// Of a hypernetwork's own phases.
    let phases: [(Phase, HypernetworkWork)]

    /// Collective.
    init(_ configuration: Configuration, _ communicator: Communicator, _ pool: WorkerPool) throws {
      let target = try configuration.target()
      let made = StepBenchmark.randomImages(target, count: 2_048)
      guard configuration.baseline.method == .none else {
        step = try MemberStep(
          configuration, target: target, images: made, communicator: communicator, pool: pool)
        networks = configuration.baseline.memberCount
        images = configuration.baseline.batch
        ownNetworks = networks
        isDivided = false
        flops = Double(networks * images) * Double(target.trainingFLOPsPerImage)
        phases = []
        return
      }
      let layout = try configuration.hypernetworkLayout()
      networks = configuration.training.latents
      images = configuration.training.imagesPerLatent
      let plan = try ShardPlan(
        sampleCount: networks, shardCount: configuration.distribution.shards,
        sliceCount: configuration.distribution.slices,
        rankCount: communicator.size, collectives: configuration.distribution.collectives)
      ownNetworks = plan.samples(of: communicator.rank).count
      isDivided = plan.hasGroups
      flops = layout.flopsPerStep(latents: networks, images: images)
      phases = [
        (.generate, .generate(layout, latents: networks)),
        (.backward, .backward(layout, latents: networks)), (.optimizer, .optimizer(layout)),
      ]
      step = try TrainingStep(
        parameters: HypernetworkParameters(layout: layout, seed: configuration.training.seed),
        settings: StepSettings(configuration), plan: plan, images: made, communicator: communicator,
        pool: pool)
    }
  }

  /// Times `repeats` steps after a warm-up. `allocations` returns this program's and its libraries'
  /// counts so far. A step's time is from the moment all ranks are ready until the last is done, as
  /// rank 0 sees it, or what the player of `pool` says that its threads would take. `trace` is told of one more step, if it is there. Collective.
  public static func run(
    _ configuration: Configuration, repeats: Int, communicator: Communicator, pool: WorkerPool,
    trace: StepTrace? = nil, allocations: () -> (own: Int, library: Int)
  ) throws -> StepBenchmark {
    let work = try Work(configuration, communicator, pool)
    let step = work.step
    func run(_ index: Int) throws -> StepReport {
      try pool.awake { try step.run(index, measure: true, requests: []) }
    }
    pool.player?.follow(step.clock)
    let setsClock = pool.player?.setsClock ?? false
    for index in 1...warmUp {
      _ = try run(index)
      if index == 1 { pool.player?.learn() }
    }
    let records = StepRecord.Own(stepCount: repeats)
    var seconds = [Double](repeating: 0, count: repeats)
    var inFlight = [Double](repeating: 0, count: repeats)
    var exposed = [Double](repeating: 0, count: repeats)
    var waiting = [Double](repeating: 0, count: repeats)
    var own = [Double](repeating: 0, count: repeats)
    var library = [Double](repeating: 0, count: repeats)
    let meter = CommunicationMeter.shared
    for index in 0..<repeats {
      try communicator.barrier()
      meter.reset()
      step.clock.reset()
      let before = allocations()
      let begin = monotonicSeconds()
      let report = try run(warmUp + 1 + index)
      if let skipped = report.skipped {
        throw BenchmarkError(
          description:
            "\(skipped.text) is not finite: nothing to time; lower training.learningRate or "
            + "objective.lambda")
      }
      try communicator.barrier()
      seconds[index] = setsClock ? step.clock.total : monotonicSeconds() - begin
      let after = allocations()
      own[index] = Double(after.own - before.own)
      library[index] = Double(after.library - before.library)
      records.note(index, step.clock, meter)
      inFlight[index] = meter.inFlightSeconds
      exposed[index] = meter.exposedSeconds
    }
    var communication = Communication()
    communication.inFlightSeconds = Statistics.median(inFlight)
    communication.exposedSeconds = Statistics.median(exposed)
    communication.bytesSent = meter.bytesSent
    let counts = (meter.blockingOperations, meter.startedOperations, meter.messagesSent)
    communication.blockingOperations = try communicator.max(counts.0)
    communication.startedOperations = try communicator.max(counts.1)
    communication.messagesSent = try communicator.max(counts.2)
    meter.separatesWaiting = true
    for index in 0..<repeats {
      meter.reset()
      _ = try run(warmUp + 1 + repeats + index)
      waiting[index] = meter.waitingSeconds
      records.note(index, waiting: meter.waitingSeconds)
      exposed[index] = meter.exposedSeconds
    }
    meter.separatesWaiting = false
    try step.share()
    let traced = warmUp + 2 * repeats + 1
    try trace?.record(traced, step.clock, communicator) {
      _ = try run(traced)
      try step.share()
    }
    communication.waitingSeconds = Statistics.median(waiting)
    communication.transferSeconds = Statistics.median(exposed)
    communication.transferSecondsMinimum = exposed.min()!
    // Before the limits are measured, which takes memory of its own.
    let peak = try communicator.max(peakResidentBytes())
    let (steps, phases) = try records.gather(seconds: seconds, communicator)
    let hosts = try communicator.gather(communicator.hostName)
    let digest = try step.state.read {
      StateDigest.compute(
        step: warmUp + 2 * repeats + (trace == nil ? 0 : 1), seed: configuration.training.seed,
        shardCount: configuration.shardCount, tensors: $0)
    }
    return StepBenchmark(
      rankCount: communicator.size, threadCount: pool.threadCount, latents: work.networks,
      imagesPerLatent: work.images,
      secondsMedian: Statistics.median(seconds), secondsMinimum: seconds.min()!, repeats: repeats,
      steps: steps, digest: digest,
      teamSize: work.isDivided ? pool.threadCount : pool.largestTeam(of: work.ownNetworks),
      flops: work.flops,
      phases: zip(hosts, phases).map { RankPhases(host: $0, seconds: $1) }, work: work.phases,
      limits: .measure(), communication: communication,
      peakResidentBytes: peak,
      allocationsPerStep: Statistics.median(own),
      libraryAllocationsPerStep: Statistics.median(library))
  }

  private static func randomImages(_ target: TargetArchitecture, count: Int) -> LabeledImages {
    let shape = target.input
    let random = CounterRandom(seed: 0, purpose: .test)
    let pixels = (0..<count * shape.count / 4 + 1).flatMap { index -> [UInt8] in
      let block = random.bits(index)
      return [block.x, block.y, block.z, block.w].map { UInt8(truncatingIfNeeded: $0) }
    }
    guard !target.loss.isRegression else {
      return LabeledImages(
        shape: shape, values: pixels.prefix(count * shape.count).map { Float($0) / 255 },
        answers: .targets(
          TargetValues(
            outputCount: target.targetCount,
            values: (0..<count * target.targetCount).map { random.normal($0) })))
    }
    return LabeledImages(
      shape: shape, classCount: target.classCount,
      pixels: Array(pixels.prefix(count * shape.count)),
      labels: (0..<count).map {
        ClassLabel(random.integer($0, below: target.classCount))
      })
  }

  /// The largest resident memory this process has had.
  public static func peakResidentBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
