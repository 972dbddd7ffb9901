// How spread out generated networks lie in weight space.

import Hypernetworks
import Numerics

extension EnsembleEvaluator {
  /// The Kozachenko-Leonenko estimate of the entropy of a request's networks, of each one's nearest distance
  /// among all, and the first of this rank's networks, as many as a rank keeps. nil of one network. Collective.
  /// Cost and memory: see ``NearestNetworks``.
  func entropy(of request: EvaluationRequest) throws -> (value: Double?, kept: NetworkBlock) {
    let search = NearestNetworks(
      source: generated(request), metric: settings.metric, pool: pool, pulse: pulse)
    let layout = parameters.layout
    let own = ownNetworks(request.networkCount)
    let storage = SharedBuffer<Float>(count: search.blockSize(own.count) * layout.weightCount)
    let nearest = AlignedBuffer<Double>(count: request.networkCount)
    nearest.view.fill(.infinity)
    let kept = try search.search(rows: own, in: storage, nearest: nearest.view)
    pulse.mark()
    guard request.networkCount > 1 else { return (nil, kept) }
    try communicator.min(nearest.view)
    let value = NearestNetworks.entropy(
      ofNearest: nearest.view, metric: settings.metric, latentSize: layout.latentSize)
    return (value, kept)
  }
}
