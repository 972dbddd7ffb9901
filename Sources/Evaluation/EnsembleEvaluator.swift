// Generating networks and measuring them, one by one and together, on all ranks.

import Collectives
import Datasets
import Hypernetworks
import TargetNetworks
import TensorCore

/// What an evaluation measures.
public struct EvaluationRequest: Sendable {
  /// Generated networks; each is a function of (seed, purpose, its number).
  public var networkCount: Int
  public var seed: UInt64
  public var purpose: RandomPurpose
  /// Only the first images of the set, or all.
  public var imageLimit: Int?

  public init(
    networkCount: Int, seed: UInt64, purpose: RandomPurpose = .evaluationLatents,
    imageLimit: Int? = nil
  ) {
    self.networkCount = networkCount
    self.seed = seed
    self.purpose = purpose
    self.imageLimit = imageLimit
  }
}

/// Evaluates a hypernetwork with running averages in its batch normalizations. The networks are dealt
/// to ranks and threads; the results do not depend on how.
public final class EnsembleEvaluator: @unchecked Sendable {
  private let parameters: HypernetworkParameters
  private let settings: ObjectiveSettings
  private let communicator: Communicator
  private let pool: WorkerPool
  private let samplers: [WeightSampler]
  private let engines: [TargetEngine]
  private let weights: [SharedBuffer<Float>]
  private let latent: [SharedBuffer<Float>]
  private let pulse: Pulse

  /// Images an engine computes at a time.
  private static let batch = 64

  /// `pulse` hears of every network that is done.
  public init(
    parameters: HypernetworkParameters, settings: ObjectiveSettings,
    communicator: Communicator, pool: WorkerPool, pulse: Pulse = Pulse()
  ) throws {
    let layout = parameters.layout
    self.parameters = parameters
    self.settings = settings
    self.communicator = communicator
    self.pool = pool
    self.pulse = pulse
    let threads = 0..<pool.threadCount
    samplers = threads.map { _ in
      WeightSampler(parameters: parameters, fixesGauge: settings.gauge)
    }
    engines = try threads.map { _ in
      try TargetEngine(architecture: layout.target, imageCount: Self.batch, purpose: .inference)
    }
    weights = threads.map { _ in SharedBuffer(count: layout.weightCount) }
    latent = threads.map { _ in SharedBuffer(count: layout.latentSize) }
  }

  /// The networks of one rank.
  private func networks(of rank: Int, _ count: Int) -> Range<Int> {
    rank * count / communicator.size..<(rank + 1) * count / communicator.size
  }

  /// Overwrites `weights` (D) with one generated network; on the calling thread, `thread` of the pool.
  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    let z = latent[thread].view
    Latents(architecture: parameters.layout.architecture, seed: request.seed)
      .fill(z, purpose: request.purpose, sample: network)
    samplers[thread].generate(from: z, into: weights)
  }

  /// Generates all networks of a request on every rank: `latents` (networks, d) and `weights`
  /// (networks, D) are overwritten. Collective.
  public func generateAll(_ request: EvaluationRequest, latents: FloatView, weights: FloatView)
    throws
  {
    let layout = parameters.layout
    let own = networks(of: communicator.rank, request.networkCount)
    let ownWeights = weights.slice(
      own.lowerBound * layout.weightCount, own.count * layout.weightCount)
    pool.forEach(own.count) { [self] index, thread in
      generate(
        own.lowerBound + index, request, thread: thread,
        into: ownWeights.slice(index * layout.weightCount, layout.weightCount))
    }
    try gather(ownWeights, request, into: weights)
    let source = Latents(architecture: layout.architecture, seed: request.seed)
    for network in 0..<request.networkCount {
      source.fill(
        latents.slice(network * layout.latentSize, layout.latentSize), purpose: request.purpose,
        sample: network)
    }
  }

  /// All ranks' weights on every rank. Collective.
  private func gather(_ ownWeights: FloatView, _ request: EvaluationRequest, into all: FloatView)
    throws
  {
    let counts = (0..<communicator.size).map {
      networks(of: $0, request.networkCount).count * parameters.layout.weightCount
    }
    try AllGather<Float>(communicator, counts: counts).run(ownWeights, into: all)
  }

  /// Accuracies of the networks and of their ensembles on `images`, and the entropy of their weights.
  /// Collective. Cost: networks * images forward passes, divided by all cores.
  public func evaluate(_ request: EvaluationRequest, on images: LabeledImages) throws
    -> EnsembleResult
  {
    let imageCount = min(request.imageLimit ?? images.count, images.count)
    let classCount = images.classCount
    let layout = parameters.layout
    let imageSize = images.shape.count
    let pixels = SharedBuffer<Float>(count: imageCount * imageSize)
    for index in 0..<imageCount {
      images.copyImage(index, into: pixels.view.slice(index * imageSize, imageSize))
    }
    let labels = Array(images.labels.prefix(imageCount))
    let own = networks(of: communicator.rank, request.networkCount)
    let ownWeights = SharedBuffer<Float>(count: own.count * layout.weightCount)
    let accumulators = (0..<pool.threadCount).map { _ in
      EnsembleAccumulator(
        imageCount: imageCount, classCount: classCount, networkCount: request.networkCount)
    }
    let probabilities = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: imageCount * classCount)
    }
    pool.forEach(own.count) { [self] index, thread in
      let network = own.lowerBound + index
      let theta = ownWeights.view.slice(index * layout.weightCount, layout.weightCount)
      generate(network, request, thread: thread, into: theta)
      engines[thread].loadWeights(theta)
      let outputs = probabilities[thread].view
      engines[thread].logits(images: pixels.view, count: imageCount, into: outputs)
      SoftmaxCrossEntropy.probabilities(
        logits: outputs, classCount: classCount, into: outputs)
      accumulators[thread].add(networkIndex: network, probabilities: outputs, labels: labels)
      pulse.beat()
    }
    pulse.mark()
    for other in accumulators.dropFirst() { accumulators[0].merge(other) }
    try accumulators[0].combine(over: communicator)
    pulse.mark()
    var result = try accumulators[0].result(labels: labels)
    result.entropy = try entropy(ownWeights.view, request)
    return result
  }

  /// The entropy estimate of all networks' weights: gathered, then computed by each rank alone.
  private func entropy(_ ownWeights: FloatView, _ request: EvaluationRequest) throws -> Double? {
    let count = request.networkCount
    guard count >= 2 else { return nil }
    let layout = parameters.layout
    let all = AlignedBuffer<Float>(count: count * layout.weightCount)
    try gather(ownWeights, request, into: all.view)
    let shardCount = (1...8).last { count % $0 == 0 }!
    let plan = try ShardPlan(sampleCount: count, shardCount: shardCount, rankCount: 1)
    let term = EntropyTerm(
      plan: plan, communicator: .alone, latentSize: layout.latentSize,
      weightCount: layout.weightCount, metric: settings.metric, exchange: .allgather, pool: pool,
      clock: PhaseClock())
    try term.start(all.view)
    return try term.finish(addingTo: nil).entropy
  }
}
