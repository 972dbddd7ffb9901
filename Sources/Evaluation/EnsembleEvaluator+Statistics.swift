// Means and variances of networks with normalizations, measured where they run.

import Numerics

extension EnsembleEvaluator {
  /// Statistics to be filled for this rank's networks of `count`.
  public func unknownStatistics(_ count: Int) -> KnownStatistics {
    KnownStatistics(
      networkCount: ownNetworks(count).count, architecture: target)
  }

  /// Those of this rank's networks of a request, as far as their source knows them.
  public func knownStatistics(of request: EvaluationRequest) -> KnownStatistics {
    let known = unknownStatistics(request.networkCount)
    for (index, network) in ownNetworks(request.networkCount).enumerated() {
      known.take(index) { networks.fillStatistics($0, network) }
    }
    return known
  }

  /// Those of the network of `weights` (D): measured on the calling thread, `thread` of the pool. Local.
  public func statistics(of weights: FloatView, thread: Int = 0) -> SharedBuffer<Float> {
    let own = SharedBuffer<Float>(count: target.statisticCount)
    if !meters.isEmpty { meters[thread].measure(weights, into: own.view) }
    return own
  }

  /// Those of a network whose weights (D) are at hand. Local.
  public func statistics(ofNetwork network: Int, weights: FloatView, thread: Int) -> SharedBuffer<
    Float
  > {
    let own = SharedBuffer<Float>(count: target.statisticCount)
    if meters.isEmpty || networks.fillStatistics(own.view, network) { return own }
    meters[thread].measure(weights, into: own.view)
    return own
  }

  /// The statistics of this rank's networks of a request, measured where they are not known.
  public func statistics(of request: EvaluationRequest) -> KnownStatistics {
    let known = knownStatistics(of: request)
    guard !meters.isEmpty else { return known }
    forEachOwn(request) { index, thread, theta in
      _ = known.of(index) { meters[thread].measure(theta, into: $0) }
      pulse.beat()
    }
    return known
  }
}
