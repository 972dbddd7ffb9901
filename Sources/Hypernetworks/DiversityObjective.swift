// The objective's diversity term over all ranks, chosen by the settings.

import Collectives
import Host
import Numerics

/// L = lambda * L_acc + L_div: the part that mixes samples, L_div.
///
/// L_div is -H of the weights (entropy) or of the outputs (output-entropy), the ensemble's cross-entropy,
/// minus the mean variance of the weights, or 0. VI, eq. 5 of the paper, is lambda = size of the
/// training set with entropy and the gauge off. The entropy of the weights is also reported, without a
/// gradient, where it is no part of the objective.
public final class DiversityObjective {
  /// The images that all networks see, to be filled before ``finish(_:addingTo:)``; nil where the
  /// diversity term needs none.
  public let probes: ProbeOutputs?

  private let diversity: Diversity
  /// Nil where a minibatch has too few samples for neighbours.
  private let entropy: EntropyTerm?
  private let variance: VarianceTerm?
  private let outputEntropy: EntropyTerm?
  private let ensemble: EnsembleTerm?
  private var isMeasuring = false
  private var step = 0

  /// - Parameter precision: of the probe networks' activations, as in training.
  public init(
    settings: ObjectiveSettings, seed: UInt64, precision: ElementType, exchange: Exchange,
    plan: ShardPlan, communicator: Communicator, layout: HypernetworkLayout, pool: WorkerPool,
    clock: PhaseClock
  ) throws {
    func entropyTerm(_ elementCount: Int) -> EntropyTerm {
      EntropyTerm(
        plan: plan, communicator: communicator, latentSize: layout.latentSize,
        weightCount: elementCount, metric: settings.metric, candidates: settings.candidates,
        neighbour: settings.neighbour, seed: seed, exchange: exchange, pool: pool, clock: clock)
    }
    diversity = settings.diversity
    entropy = plan.sampleCount > settings.neighbour ? entropyTerm(layout.weightCount) : nil
    variance =
      settings.diversity == .variance
      ? VarianceTerm(
        plan: plan, communicator: communicator, weightCount: layout.weightCount, pool: pool,
        clock: clock)
      : nil
    guard settings.diversity == .outputEntropy || settings.diversity == .ensemble else {
      (probes, outputEntropy, ensemble) = (nil, nil, nil)
      return
    }
    let probes = try ProbeOutputs(
      target: layout.target, imageCount: settings.probeImages,
      sampleCount: plan.samples(of: communicator.rank).count, precision: precision, pool: pool,
      clock: clock)
    self.probes = probes
    outputEntropy =
      settings.diversity == .outputEntropy ? entropyTerm(probes.outputCount) : nil
    ensemble =
      settings.diversity == .ensemble
      ? EnsembleTerm(
        plan: plan, communicator: communicator, imageCount: probes.imageCount,
        classCount: probes.classCount, pool: pool, clock: clock) : nil
  }

  /// Sets off with this rank's weight vectors of `step`, (local samples, D); `measure` asks for the
  /// entropy even where the objective does without. Collective.
  public func start(_ weights: FloatView, step: Int, measure: Bool) throws(CollectiveError) {
    self.step = step
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
    case .outputEntropy, .ensemble:
      let loss = try outputLoss(weights, addingTo: gradient)
      report.loss = loss.loss
      report.sampleWithoutDistance = report.sampleWithoutDistance ?? loss.sampleWithoutDistance
    case .variance: report.loss = try variance!.run(weights, addingTo: gradient)
    case .none: report.loss = 0
    }
    return report
  }

  /// A term on the networks' outputs, with its gradient through the networks.
  private func outputLoss(_ weights: FloatView, addingTo gradient: FloatView)
    throws(CollectiveError) -> DiversityReport
  {
    guard let probes else { preconditionFailure("DiversityObjective: no probes") }
    probes.compute(weights)
    var report = DiversityReport()
    if let outputEntropy {
      try outputEntropy.start(probes.outputs, step: step)
      probes.outputGradients.fill(0)
      report = try outputEntropy.finish(addingTo: probes.outputGradients)
    } else {
      report.loss = try ensemble!.run(
        probes.outputs, labels: probes.labels, gradient: probes.outputGradients)
    }
    probes.addGradient(weights, to: gradient)
    return report
  }
}
