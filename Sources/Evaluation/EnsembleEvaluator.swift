// Networks dealt to ranks and threads: what every measurement of them shares.

import Collectives
import Host
import Hypernetworks
import Numerics
import TargetNetworks

/// Evaluates the networks of a source. They are dealt to ranks and threads; the results do not depend on how.
public final class EnsembleEvaluator: Sendable {
  public let networks: any NetworkSource
  public let communicator: Communicator
  public let pool: WorkerPool

  let settings: ObjectiveSettings
  let engines: [InferenceEngine]
  /// None where no network has normalizations.
  let meters: [StatisticsMeter]
  /// Room for each network that is run at the same time.
  let weights: [SharedBuffer<Float>]
  let pulse: Pulse

  /// Images an engine computes at a time.
  static let batch = 64

  public var target: TargetArchitecture { networks.target }

  /// Of networks that a hypernetwork generates.
  public convenience init(
    parameters: HypernetworkParameters, settings: ObjectiveSettings,
    statistics: StatisticsSource? = nil, communicator: Communicator, pool: WorkerPool,
    pulse: Pulse = Pulse()
  ) throws {
    try self.init(
      networks: HypernetworkSource(
        parameters: parameters, gauge: settings.gauge, threadCount: pool.threadCount),
      settings: settings, statistics: statistics, communicator: communicator, pool: pool,
      pulse: pulse)
  }

  /// `settings` say how networks' distances are measured; `statistics` is needed for networks with normalizations;
  /// `pulse` hears of every network that is done.
  public init(
    networks: any NetworkSource, settings: ObjectiveSettings,
    statistics: StatisticsSource? = nil, communicator: Communicator, pool: WorkerPool,
    pulse: Pulse = Pulse()
  ) throws {
    let target = networks.target
    precondition(
      statistics != nil || !target.isNormalized, "EnsembleEvaluator: no images for statistics")
    self.networks = networks
    self.settings = settings
    self.communicator = communicator
    self.pool = pool
    self.pulse = pulse
    let threads = 0..<pool.threadCount
    engines = try threads.map {
      try InferenceEngine(
        architecture: target, imageCount: Self.batch, teamSize: pool.largestTeam(slot: $0))
    }
    meters =
      target.isNormalized
      ? try threads.map {
        try StatisticsMeter(
          statistics!, architecture: target, teamSize: pool.largestTeam(slot: $0), pulse: pulse)
      } : []
    weights = threads.map { _ in SharedBuffer(count: target.weightCount) }
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
