// The entropy of the weight vectors, as the objective weighs them.

import Collectives
import Host
import Numerics
import TargetNetworks

/// The ``EntropyTerm`` of this rank's weight vectors as they are, or multiplied by their ``FunctionWeighting``'s factors,
/// which the gradient takes for constants: networks move apart where it counts, and not by making more count.
final class WeightEntropy {
  /// What weighing takes besides.
  private struct Weighing {
    let weighting: FunctionWeighting
    /// (local samples, factors)
    let factors: SharedBuffer<Float>
    /// (local samples, D): weighed weights, and the gradient with respect to them where there is one.
    let weights: SharedBuffer<Float>
    let gradients: SharedBuffer<Float>
  }

  private let term: EntropyTerm
  private let sampleCount: Int
  private let weighing: Weighing?
  private let pool: WorkerPool

  /// - Parameter isMeasuredOnly: whether there is never a gradient.
  init(
    _ term: EntropyTerm, settings: ObjectiveSettings, target: TargetArchitecture, sampleCount: Int,
    isMeasuredOnly: Bool, pool: WorkerPool
  ) {
    self.term = term
    self.sampleCount = sampleCount
    self.pool = pool
    switch settings.weighting {
    case .none: weighing = nil
    case .function:
      let weighting = FunctionWeighting(target: target, metric: settings.metric)
      let count = sampleCount * target.weightCount
      weighing = Weighing(
        weighting: weighting, factors: SharedBuffer(count: sampleCount * weighting.factorCount),
        weights: SharedBuffer(count: count),
        gradients: SharedBuffer(count: isMeasuredOnly ? 0 : count))
    }
  }

  /// As ``EntropyTerm/start(_:step:)``, of weight vectors (local samples, D). Collective.
  func start(_ weights: FloatView, step: Int) throws(CollectiveError) {
    guard let weighing else { return try term.start(weights, step: step) }
    pool.forEach(
      sampleCount,
      WeighSample(
        weighting: weighing.weighting, source: weights, factors: weighing.factors.view,
        weights: weighing.weights.view))
    try term.start(weighing.weights.view, step: step)
  }

  func progress() throws(CollectiveError) { try term.progress() }

  /// As ``EntropyTerm/finish(addingTo:)``. Collective.
  func finish(addingTo gradient: FloatView?) throws(CollectiveError) -> DiversityReport {
    guard let weighing, let gradient else { return try term.finish(addingTo: gradient) }
    weighing.gradients.view.fill(0)
    let report = try term.finish(addingTo: weighing.gradients.view)
    pool.forEach(
      sampleCount,
      AddWeighedGradient(
        weighting: weighing.weighting, source: weighing.gradients.view,
        factors: weighing.factors.view, gradient: gradient))
    return report
  }
}

private struct WeighSample: LoopBody {
  let weighting: FunctionWeighting
  /// (local samples, D)
  let source: FloatView
  let factors: FloatView
  let weights: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let (count, factorCount) = (weighting.weightCount, weighting.factorCount)
    let own = factors.slice(local * factorCount, factorCount)
    let weighed = weights.slice(local * count, count)
    weighed.copy(from: source.slice(local * count, count))
    weighting.measure(weighed, into: own)
    weighting.apply(own, to: weighed)
  }
}

private struct AddWeighedGradient: LoopBody {
  let weighting: FunctionWeighting
  /// (local samples, D), with respect to the weighed weights; destroyed.
  let source: FloatView
  let factors: FloatView
  let gradient: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let (count, factorCount) = (weighting.weightCount, weighting.factorCount)
    let own = source.slice(local * count, count)
    weighting.apply(factors.slice(local * factorCount, factorCount), to: own)
    VectorMath.add(own, times: 1, to: gradient.slice(local * count, count))
  }
}
