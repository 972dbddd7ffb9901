// Networks of a hypernetwork, dealt to ranks and threads: what every measurement of them shares.

import Collectives
import Host
import Hypernetworks
import Numerics
import TargetNetworks

/// Evaluates a hypernetwork with running averages in its batch normalizations. The networks are dealt
/// to ranks and threads; the results do not depend on how.
public final class EnsembleEvaluator: Sendable {
  public let parameters: HypernetworkParameters
  public let communicator: Communicator
  public let pool: WorkerPool

  let settings: ObjectiveSettings
  let samplers: [WeightSampler]
  let engines: [InferenceEngine]
  /// None where no network has normalizations.
  let meters: [StatisticsMeter]
  /// Of each thread: room for a network and for a latent.
  let weights: [SharedBuffer<Float>]
  let latent: [SharedBuffer<Float>]
  let pulse: Pulse

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

  /// The networks of one rank, of `count` in all.
  public func networks(of rank: Int, _ count: Int) -> Range<Int> {
    rank * count / communicator.size..<(rank + 1) * count / communicator.size
  }

  /// This rank's networks of `count`.
  public func ownNetworks(_ count: Int) -> Range<Int> { networks(of: communicator.rank, count) }

  /// All ranks' rows on every rank: `own` has this rank's of `count` rows of equal length. Collective.
  public func gather<Element: CollectiveElement>(
    _ own: VectorView<Element>, count: Int, into all: VectorView<Element>
  ) throws {
    let counts = (0..<communicator.size).map {
      networks(of: $0, count).count * (all.count / count)
    }
    try AllGather<Element>(communicator, counts: counts).run(own, into: all)
  }
}
