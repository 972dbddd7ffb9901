// Ensembles of the same networks in random orders.

import Numerics

extension EnsembleEvaluator {
  /// What the first networks of `run` in a random order say together: of each of `ends`, ascending, that many. `run` has kept its
  /// networks' probabilities. Orders are functions of (seed, order). Collective.
  /// Cost: networks * images * classes logarithms, divided by all cores.
  func predictions(of run: EnsembleRun, first ends: [Int], order: Int, seed: UInt64)
    throws -> [EnsemblePrediction]
  {
    let networkCount = run.accuracies.count
    let classCount = target.classCount
    let cells = run.imageCount * classCount
    let probabilities = run.probabilities!.view
    let networks = CounterRandom(seed: seed, purpose: .networkOrders, major: order)
      .permutation(of: networkCount)
    func accumulator() -> EnsembleAccumulator {
      EnsembleAccumulator(
        imageCount: run.imageCount, classCount: classCount, networkCount: networkCount)
    }
    let total = accumulator()
    var begin = 0
    return try ends.map { end in
      let added = networks[begin..<end].filter(run.networks.contains)
      begin = end
      let part = accumulator()
      pool.forEach(added.count) { index, _ in
        let own = added[index] - run.networks.lowerBound
        part.add(
          networkIndex: added[index], probabilities: probabilities.slice(own * cells, cells),
          labels: run.labels)
      }
      try part.combine(over: communicator)
      total.merge(part)
      pulse.mark()
      return try total.prediction(of: end)
    }
  }

  /// Each of `sizes`, ascending, in the mean over ``EnsembleCurve/orders`` orders of the networks of `run`, which has kept their
  /// probabilities; the last may be all of them. Collective.
  /// Cost: orders * sizes calibrated likelihoods, on all threads of each rank.
  public func curve(of run: EnsembleRun, sizes: [Int], seed: UInt64) throws -> EnsembleCurve {
    let all = run.accuracies.count
    let scores = try (0..<EnsembleCurve.orders).map { order in
      // All networks together are the same in any order.
      try predictions(
        of: run, first: order == 0 ? sizes : sizes.filter { $0 < all }, order: order, seed: seed
      ).map { score($0, run.labels, seed: seed) }
    }
    return EnsembleCurve(
      points: sizes.indices.map { place in
        EnsembleCurve.Point(of: scores.compactMap { place < $0.count ? $0[place] : nil })
      })
  }

  /// The calibrated log-likelihood of each image, of the first `count` networks of `run` in the first order. Collective.
  public func likelihoods(of run: EnsembleRun, first count: Int, seed: UInt64) throws
    -> CalibratedLikelihood?
  {
    let prediction = try predictions(of: run, first: [count], order: 0, seed: seed)[0]
    return CalibratedLikelihood(
      probabilities: prediction.meanProbabilities, classCount: prediction.classCount,
      labels: run.labels, seed: seed, pool: pool)
  }
}
