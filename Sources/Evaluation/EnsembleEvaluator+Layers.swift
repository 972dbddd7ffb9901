// Where generated networks differ, layer by layer.

import Hypernetworks
import Numerics

extension EnsembleEvaluator {
  /// Memory that networks which are compared may take on a rank; two are compared always.
  private static let layerBytes = 64 << 20

  /// Of `sample`, what is there: networks of a request, and images.
  func layerSample(_ sample: LayerSample, _ request: EvaluationRequest, images: Int) -> LayerSample
  {
    let fitting = max(2, Self.layerBytes / (4 * target.weightCount))
    return LayerSample(
      networks: min(sample.networks, request.networkCount, fitting),
      images: min(sample.images, request.imageLimit ?? images, images))
  }

  /// What is told of the layers of a request's first networks, which `deadUnits` has looked at. Collective.
  func layerReport(_ request: EvaluationRequest, _ deadUnits: DeadUnits) throws -> LayerReport {
    var few = request
    few.networkCount = deadUnits.networkCount
    let shares = try distanceShares(few)
    let dead = try deadUnits.fractions(over: communicator)
    var report = LayerReport()
    report.networks = deadUnits.networkCount
    report.images = deadUnits.imageCount
    report.layers = target.blocks.enumerated().map { index, block in
      var layer = LayerReport.Layer()
      layer.name = block.name
      layer.distanceShare = shares?[index]
      layer.deadUnits = dead[index]
      return layer
    }
    return report
  }

  /// Each layer's part of the distances, under l2 of their squares, of all pairs of a request's networks, weighed as the
  /// objective says; nil where they do not differ. Collective. Cost: 3 D FLOPs a pair; all networks in memory.
  func distanceShares(_ request: EvaluationRequest) throws -> [Double]? {
    let (count, blocks) = (request.networkCount, target.blocks)
    let networks = weighed(generated(request))
    let own = ownNetworks(count)
    let ownWeights = SharedBuffer<Float>(count: own.count * networks.weightCount)
    _ = NetworkBlock(own, of: networks, in: ownWeights, pool: pool)
    let all = SharedBuffer<Float>(count: count * networks.weightCount)
    try gather(ownWeights.view, count: count, into: all.view)
    let pairs = (0..<count).flatMap { i in (i + 1..<count).map { (i, $0) } }
    let none = SharedBuffer<Float>(count: DistanceKernels.runningCount)
    // (pairs, blocks)
    let parts = SharedBuffer<Double>(count: pairs.count * blocks.count)
    pool.forEach(pairs.count) { pair, _ in
      let (a, b) = pairs[pair]
      for (index, block) in blocks.enumerated() {
        parts.view[pair * blocks.count + index] = DistanceKernels.total(
          none.view,
          all.view.slice(a * networks.weightCount + block.offset, block.count),
          all.view.slice(b * networks.weightCount + block.offset, block.count),
          metric: settings.metric)
      }
    }
    let sums = blocks.indices.map { index in
      pairs.indices.reduce(0.0) { $0 + parts.view[$1 * blocks.count + index] }
    }
    let total = sums.reduce(0, +)
    return total > 0 && total.isFinite ? sums.map { $0 / total } : nil
  }
}
