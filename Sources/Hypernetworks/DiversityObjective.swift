// The objective's diversity term over all ranks, chosen by the settings.

import Collectives
import Host
import Numerics

/// L = lambda * L_acc + L_div: the part that mixes samples, L_div.
///
/// L_div is -H of the weights (entropy) or of the outputs (output-entropy), the ensemble's loss,
/// minus the mean variance of the weights, or 0. Outputs are those of all networks on probe images or, with
/// committees, of each one's members on their own training images. VI, eq. 5 of the paper, is lambda = size of the
/// training set with entropy and the gauge off. The entropy of the weights is also reported, without a
/// gradient, where it is no part of the objective.
public final class DiversityObjective {
  /// The term whose gradient the step takes.
  private enum Term {
    case entropy(WeightEntropy)
    case outputEntropy(EntropyTerm, ProbeOutputs)
    case ensemble(EnsembleTerm, ProbeOutputs)
    case committeeEntropy(EntropyTerm)
    case committeeEnsemble(CommitteeEnsembleTerm)
    case regression(RegressionEnsembleTerm, ProbeOutputs)
    case committeeRegression(RegressionEnsembleTerm)
    case variance(VarianceTerm)
    case none
  }

  private let term: Term
  /// The entropy of the weights, where it is no term; nil where a minibatch has too few samples for neighbours.
  private let measuredEntropy: WeightEntropy?
  private var isMeasuring = false
  private var step = 0

  /// - Parameters:
  ///   - imagesPerLatent: training images that each network, or each committee, sees.
  ///   - precision: of the probe networks' activations, as in training.
  public init(
    settings: ObjectiveSettings, seed: UInt64, imagesPerLatent: Int, precision: ElementType,
    exchange: Exchange, plan: ShardPlan, communicator: Communicator, layout: HypernetworkLayout,
    pool: WorkerPool, clock: PhaseClock
  ) throws {
    func entropyTerm(_ elementCount: Int, committee: Int? = nil) -> EntropyTerm {
      EntropyTerm(
        plan: plan, communicator: communicator, latentSize: layout.latentSize,
        weightCount: elementCount, metric: settings.metric, committee: committee,
        candidates: settings.candidates, neighbour: settings.neighbour, seed: seed,
        exchange: exchange, pool: pool, clock: clock)
    }
    func weightEntropy(isMeasuredOnly: Bool) -> WeightEntropy {
      WeightEntropy(
        entropyTerm(layout.weightCount), settings: settings, target: layout.target,
        sampleCount: plan.samples(of: communicator.rank).count, isMeasuredOnly: isMeasuredOnly,
        pool: pool)
    }
    func probeOutputs() throws -> ProbeOutputs {
      try ProbeOutputs(
        target: layout.target, imageCount: settings.probeImages,
        sampleCount: plan.samples(of: communicator.rank).count, precision: precision, pool: pool)
    }
    func regressionTerm(committee: Int, imageCount: Int) -> RegressionEnsembleTerm {
      RegressionEnsembleTerm(
        plan: plan, communicator: communicator, committee: committee, imageCount: imageCount,
        target: layout.target, clock: clock)
    }
    switch settings.diversity {
    case .entropy: term = .entropy(weightEntropy(isMeasuredOnly: false))
    case .outputEntropy where settings.hearsCommittees:
      term = .committeeEntropy(
        entropyTerm(
          imagesPerLatent * layout.target.classCount, committee: settings.committee))
    case .outputEntropy:
      let probes = try probeOutputs()
      term = .outputEntropy(entropyTerm(probes.outputCount), probes)
    case .ensemble where layout.target.loss.isRegression && settings.hearsCommittees:
      term = .committeeRegression(
        regressionTerm(committee: settings.committee, imageCount: imagesPerLatent))
    case .ensemble where layout.target.loss.isRegression:
      term = .regression(
        regressionTerm(committee: plan.sampleCount, imageCount: settings.probeImages),
        try probeOutputs())
    case .ensemble where settings.hearsCommittees:
      term = .committeeEnsemble(
        CommitteeEnsembleTerm(
          plan: plan, communicator: communicator, committee: settings.committee,
          imageCount: imagesPerLatent, clock: clock))
    case .ensemble:
      let probes = try probeOutputs()
      term = .ensemble(
        EnsembleTerm(
          plan: plan, communicator: communicator, imageCount: probes.imageCount,
          classCount: probes.classCount, pool: pool, clock: clock), probes)
    case .variance:
      term = .variance(
        VarianceTerm(
          plan: plan, communicator: communicator, weightCount: layout.weightCount, pool: pool,
          clock: clock))
    case .none: term = .none
    }
    measuredEntropy =
      settings.diversity != .entropy && plan.sampleCount > settings.neighbour
      ? weightEntropy(isMeasuredOnly: true) : nil
  }

  /// The images that all networks see, to be filled before ``finish(_:addingTo:)``; nil where the
  /// diversity term needs none.
  public var probes: ProbeOutputs? {
    switch term {
    case .outputEntropy(_, let probes), .ensemble(_, let probes), .regression(_, let probes): probes
    case .entropy, .committeeEntropy, .committeeEnsemble, .committeeRegression, .variance, .none:
      nil
    }
  }

  /// The entropy of the weights, where this step computes it.
  private var entropy: WeightEntropy? {
    if case .entropy(let entropy) = term { return entropy }
    return isMeasuring ? measuredEntropy : nil
  }

  /// Sets off with this rank's weight vectors of `step`, (local samples, D); `measure` asks for the
  /// entropy even where the objective does without. Collective.
  public func start(_ weights: FloatView, step: Int, measure: Bool) throws(CollectiveError) {
    self.step = step
    isMeasuring = measure
    try entropy?.start(weights, step: step)
  }

  /// Lets the exchange move on while other work is done. Local.
  public func progress() throws(CollectiveError) { try entropy?.progress() }

  /// Adds the gradient of L_div to `gradient`, (local samples, D), and reports. Not for terms of committees.
  /// Collective.
  public func finish(_ weights: FloatView, addingTo gradient: FloatView) throws(CollectiveError)
    -> DiversityReport
  {
    if case .entropy(let entropy) = term { return try entropy.finish(addingTo: gradient) }
    var report = try measured()
    switch term {
    case .entropy, .none: report.loss = 0
    case .outputEntropy(let entropy, let probes):
      probes.compute(weights)
      try entropy.start(probes.outputs, step: step)
      probes.outputGradients.fill(0)
      report.take(try entropy.finish(addingTo: probes.outputGradients))
      probes.addGradient(weights, to: gradient)
    case .ensemble(let ensemble, let probes):
      probes.compute(weights)
      report.loss = try ensemble.run(
        probes.outputs, answers: probes.answers, gradient: probes.outputGradients)
      probes.addGradient(weights, to: gradient)
    case .regression(let ensemble, let probes):
      probes.compute(weights)
      report.loss = try ensemble.run(
        probes.outputs, answers: probes.answers, gradient: probes.outputGradients)
      probes.addGradient(weights, to: gradient)
    case .variance(let variance): report.loss = try variance.run(weights, addingTo: gradient)
    case .committeeEntropy, .committeeEnsemble, .committeeRegression:
      preconditionFailure("DiversityObjective: a term of committees is of their outputs")
    }
    return report
  }

  /// Overwrites the gradients of `outputs` with those of L_div, and reports. For terms of committees. Collective.
  public func finish(_ outputs: CommitteeOutputs) throws(CollectiveError) -> DiversityReport {
    var report = try measured()
    switch term {
    case .committeeEntropy(let entropy):
      try entropy.start(outputs.statements, step: step)
      outputs.gradients.fill(0)
      report.take(try entropy.finish(addingTo: outputs.gradients))
    case .committeeEnsemble(let ensemble): report.loss = try ensemble.run(outputs)
    case .committeeRegression(let ensemble):
      report.loss = try ensemble.run(
        outputs.statements, answers: outputs.answers, gradient: outputs.gradients)
    case .entropy, .outputEntropy, .ensemble, .regression, .variance, .none:
      preconditionFailure("DiversityObjective: committees' outputs, of which nothing is asked")
    }
    return report
  }

  /// The report of the weights' entropy, where it is measured only.
  private func measured() throws(CollectiveError) -> DiversityReport {
    try entropy?.finish(addingTo: nil) ?? DiversityReport()
  }
}
