// The objective's diversity term over all ranks, chosen by the settings.

import Collectives
import TensorCore

/// L = lambda * L_acc + L_div: the part that mixes samples, L_div.
///
/// L_div is -H (entropy), minus the mean variance of the weights, or 0. VI, eq. 5 of the paper, is
/// lambda = size of the training set with entropy and the gauge off. The entropy is also reported,
/// without a gradient, where it is no part of the objective.
public final class DiversityObjective {
  private let diversity: Diversity
  /// Nil where a minibatch of one sample has no neighbours.
  private let entropy: EntropyTerm?
  private let variance: VarianceTerm?
  private var isMeasuring = false

  public init(
    settings: ObjectiveSettings, seed: UInt64, exchange: Exchange, plan: ShardPlan,
    communicator: Communicator, latentSize: Int, weightCount: Int, pool: WorkerPool,
    clock: PhaseClock
  ) {
    diversity = settings.diversity
    entropy =
      plan.sampleCount < 2
      ? nil
      : EntropyTerm(
        plan: plan, communicator: communicator, latentSize: latentSize, weightCount: weightCount,
        metric: settings.metric, candidates: settings.candidates, seed: seed, exchange: exchange,
        pool: pool, clock: clock)
    variance =
      settings.diversity == .variance
      ? VarianceTerm(
        plan: plan, communicator: communicator, weightCount: weightCount, pool: pool, clock: clock)
      : nil
  }

  /// Sets off with this rank's weight vectors of `step`, (local samples, D); `measure` asks for the
  /// entropy even where the objective does without. Collective.
  public func start(_ weights: FloatView, step: Int, measure: Bool) throws(CollectiveError) {
    isMeasuring = diversity == .entropy || measure
    if isMeasuring { try entropy?.start(weights, step: step) }
  }

  /// Lets the exchange move on while other work is done. Local.
  public func progress() throws(CollectiveError) {
    if isMeasuring { try entropy?.progress() }
  }

  /// Adds the gradient of L_div to `gradient`, (local samples, D), and reports. Collective.
  public func finish(_ weights: FloatView, addingTo gradient: FloatView) throws(CollectiveError)
    -> DiversityReport
  {
    var report = DiversityReport()
    if isMeasuring, let entropy {
      report = try entropy.finish(addingTo: diversity == .entropy ? gradient : nil)
    }
    switch diversity {
    case .entropy: break
    case .variance: report.loss = try variance!.run(weights, addingTo: gradient)
    case .none: report.loss = 0
    }
    return report
  }
}
