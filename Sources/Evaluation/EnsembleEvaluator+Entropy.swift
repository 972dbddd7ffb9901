// How spread out generated networks lie in weight space.

import Hypernetworks
import Numerics

extension EnsembleEvaluator {
  /// The Kozachenko-Leonenko estimate of the entropy of a request's networks, of each one's nearest distance
  /// among all, and the first of this rank's networks, as many as a rank keeps. nil of one network, and of networks that
  /// come from no latents, whose dimensions the estimate needs. Collective.
  /// Cost and memory: see ``NearestNetworks``. Where weights are weighed, none of the networks is kept.
  func entropy(of request: EvaluationRequest) throws -> (value: Double?, kept: NetworkBlock) {
    let networks = generated(request)
    let search = NearestNetworks(
      source: weighed(networks), metric: settings.metric, pool: pool, pulse: pulse)
    let own = ownNetworks(request.networkCount)
    let storage = SharedBuffer<Float>(count: search.blockSize(own.count) * target.weightCount)
    let nearest = AlignedBuffer<Double>(count: request.networkCount)
    nearest.view.fill(.infinity)
    guard let latentSize = self.networks.latentSize else {
      return (
        nil, NetworkBlock(own.lowerBound..<own.lowerBound, of: networks, in: storage, pool: pool)
      )
    }
    var kept = try search.search(rows: own, in: storage, nearest: nearest.view)
    if settings.weighting != .none {
      kept = NetworkBlock(own.lowerBound..<own.lowerBound, of: networks, in: storage, pool: pool)
    }
    pulse.mark()
    guard request.networkCount > 1 else { return (nil, kept) }
    try communicator.min(nearest.view)
    let value = NearestNetworks.entropy(
      ofNearest: nearest.view, metric: settings.metric,
      latentSize: min(latentSize, target.weightCount))
    return (value, kept)
  }

  /// The networks as the objective's entropy sees them.
  func weighed(_ networks: GeneratedNetworks) -> GeneratedNetworks {
    guard settings.weighting == .function else { return networks }
    let weighting = FunctionWeighting(target: target, metric: settings.metric)
    let factors = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: weighting.factorCount)
    }
    return GeneratedNetworks(count: networks.count, weightCount: networks.weightCount) {
      networks.generate($0, $1, $2)
      weighting.measure($2, into: factors[$1].view)
      weighting.apply(factors[$1].view, to: $2)
    }
  }
}
