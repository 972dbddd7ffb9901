// Means and variances of networks with normalizations, measured where they run.

import Numerics

extension EnsembleEvaluator {
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
    let known = unknownStatistics(request.networkCount)
    guard !meters.isEmpty else { return known }
    forEachOwn(request) { index, thread, theta in
      _ = known.of(index) { meters[thread].measure(theta, into: $0) }
      pulse.beat()
    }
    return known
  }
}
