// Generating networks and measuring them, one by one and together, on all ranks.

import Collectives
import Datasets
import Host
import Hypernetworks
import Numerics
import TargetNetworks

/// Evaluates a hypernetwork with running averages in its batch normalizations. The networks are dealt
/// to ranks and threads; the results do not depend on how.
public final class EnsembleEvaluator: @unchecked Sendable {
  public let parameters: HypernetworkParameters
  public let communicator: Communicator
  public let pool: WorkerPool
  /// Hears of every network that has been run on a set of images, with the number of images. From any
  /// thread.
  public var progress: (@Sendable (_ images: Int) -> Void)?

  private let settings: ObjectiveSettings
  private let samplers: [WeightSampler]
  private let engines: [InferenceEngine]
  /// None where no network has normalizations.
  private let meters: [StatisticsMeter]
  private let weights: [SharedBuffer<Float>]
  private let latent: [SharedBuffer<Float>]
  private let pulse: Pulse

  /// Images an engine computes at a time.
  private static let batch = 64

  /// `statistics` is needed for networks with normalizations; `pulse` hears of every network that is done.
  public init(
    parameters: HypernetworkParameters, settings: ObjectiveSettings,
    statistics: StatisticsSource? = nil, communicator: Communicator, pool: WorkerPool,
    pulse: Pulse = Pulse()
  ) throws {
    let layout = parameters.layout
    precondition(
      statistics != nil || !layout.target.isNormalized,
      "EnsembleEvaluator: no images for statistics")
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
      try InferenceEngine(architecture: layout.target, imageCount: Self.batch)
    }
    meters =
      layout.target.isNormalized
      ? try threads.map { _ in
        try StatisticsMeter(statistics!, architecture: layout.target, pulse: pulse)
      } : []
    weights = threads.map { _ in SharedBuffer(count: layout.weightCount) }
    latent = threads.map { _ in SharedBuffer(count: layout.latentSize) }
  }

  // MARK: Generating

  /// The networks of one rank, of `count` in all.
  public func networks(of rank: Int, _ count: Int) -> Range<Int> {
    rank * count / communicator.size..<(rank + 1) * count / communicator.size
  }

  /// This rank's networks of `count`.
  public func ownNetworks(_ count: Int) -> Range<Int> { networks(of: communicator.rank, count) }

  /// Overwrites `weights` (D) with the network of `latent` (d); on the calling thread, `thread` of the
  /// pool.
  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    samplers[thread].generate(from: latent, into: weights)
  }

  /// Overwrites `latent` (d) with that of one network of a request.
  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    Latents(architecture: parameters.layout.architecture, seed: request.seed)
      .fill(latent, purpose: request.purpose, sample: network)
  }

  /// Overwrites `weights` (D) with one generated network; on the calling thread, `thread` of the pool.
  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    let z = latent[thread].view
    fillLatent(z, network, request)
    generate(from: z, thread: thread, into: weights)
  }

  /// Generates this rank's networks of a request: (own networks, D).
  public func generateOwn(_ request: EvaluationRequest) -> SharedBuffer<Float> {
    let count = parameters.layout.weightCount
    let own = ownNetworks(request.networkCount)
    let all = SharedBuffer<Float>(count: own.count * count)
    pool.forEach(own.count) { [self] index, thread in
      generate(
        own.lowerBound + index, request, thread: thread,
        into: all.view.slice(index * count, count))
    }
    return all
  }

  /// Statistics to be filled for this rank's networks of `count`.
  public func unknownStatistics(_ count: Int) -> KnownStatistics {
    KnownStatistics(
      networkCount: ownNetworks(count).count, architecture: parameters.layout.target)
  }

  /// Those of the network of `weights` (D): measured on the calling thread, `thread` of the pool. Local.
  public func statistics(of weights: FloatView, thread: Int = 0) -> SharedBuffer<Float> {
    let own = SharedBuffer<Float>(count: parameters.layout.target.statisticCount)
    if !meters.isEmpty { meters[thread].measure(weights, into: own.view) }
    return own
  }

  /// Measures the statistics of this rank's networks of a request.
  public func statistics(of request: EvaluationRequest) -> KnownStatistics {
    let own = ownNetworks(request.networkCount)
    let known = unknownStatistics(request.networkCount)
    pool.forEach(own.count) { [self] index, thread in
      guard !meters.isEmpty else { return }
      let theta = weights[thread].view
      generate(own.lowerBound + index, request, thread: thread, into: theta)
      _ = known.of(index) { meters[thread].measure(theta, into: $0) }
      pulse.beat()
    }
    return known
  }

  /// Generates all networks of a request on every rank: `latents` (networks, d) and `weights`
  /// (networks, D) are overwritten. Collective.
  public func generateAll(_ request: EvaluationRequest, latents: FloatView, weights: FloatView)
    throws
  {
    let own = generateOwn(request)
    try gather(own.view, count: request.networkCount, into: weights)
    let size = parameters.layout.latentSize
    for network in 0..<request.networkCount {
      fillLatent(latents.slice(network * size, size), network, request)
    }
  }

  /// All ranks' rows on every rank: `own` has this rank's of `count` rows of equal length. Collective.
  public func gather<Element: CollectiveElement>(
    _ own: VectorView<Element>, count: Int, into all: VectorView<Element>
  ) throws {
    let counts = (0..<communicator.size).map {
      networks(of: $0, count).count * (all.count / count)
    }
    try AllGather<Element>(communicator, counts: counts).run(own, into: all)
  }

  // MARK: Running

  /// Runs `count` networks, whose weights (D) `fill` writes, on the first images of a set. Collective.
  /// Cost: networks * images forward passes, divided by all cores.
  ///
  /// - Parameters:
  ///   - groups: where groups of networks end, ascending, the last at `count`; nil: one of all.
  ///   - areCumulative: whether a group has all networks before its end, or only those behind the group before.
  ///   - statistics: of these networks' normalizations, as far as known; completed.
  ///   - keepsProbabilities: 4 * own networks * images * classes bytes.
  ///   - fill: is called once for each of this rank's networks, on any thread.
  public func run(
    _ count: Int, on images: LabeledImages, limit: Int? = nil, groups: [Int]? = nil,
    areCumulative: Bool = false, keepsProbabilities: Bool = false,
    statistics: KnownStatistics? = nil,
    weights fill: @escaping @Sendable (_ network: Int, _ thread: Int, _ weights: FloatView) -> Void
  ) throws -> EnsembleRun {
    let imageCount = min(limit ?? images.count, images.count)
    guard imageCount > 0 else {
      throw EvaluationError(description: "there are no images to evaluate networks on")
    }
    let classCount = parameters.layout.target.classCount
    let ends = groups ?? [count]
    let pixels = images.pixels(first: imageCount)
    let labels = Array(images.labels.prefix(imageCount))
    let own = ownNetworks(count)
    let accumulators = ends.map { _ in
      EnsembleAccumulator(imageCount: imageCount, classCount: classCount, networkCount: count)
    }
    let cells = imageCount * classCount
    let kept = keepsProbabilities ? SharedBuffer<Float>(count: own.count * cells) : nil
    let outputs = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: keepsProbabilities ? 0 : cells)
    }
    let classes = SharedBuffer<UInt8>(count: own.count * imageCount)
    let known = statistics ?? unknownStatistics(count)
    pool.forEach(own.count) { [self] index, thread in
      let network = own.lowerBound + index
      let theta = weights[thread].view
      fill(network, thread, theta)
      load(theta, known, index, thread: thread)
      let output = kept?.view.slice(index * cells, cells) ?? outputs[thread].view
      engines[thread].logits(images: pixels.view, count: imageCount, into: output)
      SoftmaxCrossEntropy.probabilities(logits: output, classCount: classCount, into: output)
      for image in 0..<imageCount {
        let best = SoftmaxCrossEntropy.argmax(output.slice(image * classCount, classCount))
        classes.view[index * imageCount + image] = UInt8(best)
      }
      accumulators[ends.firstIndex { network < $0 }!]
        .add(networkIndex: network, probabilities: output, labels: labels)
      pulse.beat()
      progress?(imageCount)
    }
    pulse.mark()
    var predictions: [EnsemblePrediction] = []
    let total = accumulators[0]
    var accuracies = [Double](repeating: 0, count: count)
    for (index, end) in ends.enumerated() {
      let accumulator = accumulators[index]
      try accumulator.combine(over: communicator)
      let begin = index == 0 ? 0 : ends[index - 1]
      accuracies.replaceSubrange(begin..<end, with: accumulator.accuracies[begin..<end])
      if areCumulative {
        if index > 0 { total.merge(accumulator) }
        predictions.append(try total.prediction(of: end))
      } else {
        predictions.append(try accumulator.prediction(of: end - begin))
      }
    }
    pulse.mark()
    return EnsembleRun(
      labels: labels, accuracies: accuracies, predictions: predictions, networks: own,
      classes: classes, probabilities: kept)
  }

  /// Loads this rank's `index`-th network, whose statistics are measured if they are not known.
  private func load(_ theta: FloatView, _ known: KnownStatistics, _ index: Int, thread: Int) {
    guard !meters.isEmpty else { return engines[thread].loadWeights(theta) }
    let statistics = known.of(index) { meters[thread].measure(theta, into: $0) }
    engines[thread].loadWeights(theta, statistics: statistics)
  }

  /// Accuracies of the networks and of their ensembles on `images`, and the entropy of their weights.
  /// Collective. Cost: networks * images forward passes, divided by all cores.
  public func evaluate(_ request: EvaluationRequest, on images: LabeledImages) throws
    -> EnsembleResult
  {
    let weights = generateOwn(request)
    let run = try run(
      request.networkCount, on: images, limit: request.imageLimit,
      weights: copying(weights, request))
    var result = EnsembleResult(
      prediction: run.predictions[0], accuracies: run.accuracies, labels: run.labels)
    result.entropy = try entropy(weights.view, request)
    return result
  }

  /// Takes this rank's networks, (own networks, D), one by one.
  func copying(_ all: SharedBuffer<Float>, _ request: EvaluationRequest)
    -> @Sendable (_ network: Int, _ thread: Int, _ weights: FloatView) -> Void
  {
    let first = ownNetworks(request.networkCount).lowerBound
    let count = parameters.layout.weightCount
    return { network, _, theta in
      theta.copy(from: all.view.slice((network - first) * count, count))
    }
  }

  /// The entropy estimate of all networks' weights, of which `ownWeights` has this rank's: gathered, then
  /// computed by each rank alone. Collective.
  func entropy(_ ownWeights: FloatView, _ request: EvaluationRequest) throws -> Double? {
    let count = request.networkCount
    guard count >= 2 else { return nil }
    let layout = parameters.layout
    let all = AlignedBuffer<Float>(count: count * layout.weightCount)
    try gather(ownWeights, count: count, into: all.view)
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

extension LabeledImages {
  /// The first `count` images, (image, channel, row, column).
  public func pixels(first count: Int) -> SharedBuffer<Float> {
    let pixels = SharedBuffer<Float>(count: count * shape.count)
    for index in 0..<count {
      copyImage(index, into: pixels.view.slice(index * shape.count, shape.count))
    }
    return pixels
  }
}
