// One training step on this rank's share of the minibatch.

import Collectives
import Datasets
import Host
import Hypernetworks
import Numerics
import Optimizers
import TargetNetworks

/// A training step with all its buffers, in the order of docs/architecture.md. It allocates nothing after its first
/// round.
public final class TrainingStep: OptimizationStep {
  public let hypernetwork: Hypernetwork
  public let optimizer: Adam
  /// What evaluations go by in the parameters' place, if the settings ask for it.
  public let average: ParameterAverage?
  public let clock = PhaseClock()

  private let settings: StepSettings
  private let plan: ShardPlan
  private let inputs: StepInputs
  private let targets: Targets
  private let diversity: DiversityObjective
  private let duty: MainThreadDuty
  private let results: StepResults
  private let gradientCheck: GradientCheck
  private let diagnosis: StepDiagnosis
  /// Then there are no right answers to count.
  private let isRegression: Bool
  private let marksWithoutGroup: Int
  /// Numbers of this rank's samples' weight vectors.
  private let ownCount: Int

  public init(
    parameters: HypernetworkParameters, settings: StepSettings, plan: ShardPlan,
    images: LabeledImages, communicator: Communicator, pool: WorkerPool
  ) throws {
    let layout = parameters.layout
    let samples = plan.imageSamples(of: communicator.rank)
    precondition(
      plan.sliceCount == settings.slices,
      "TrainingStep: \(settings.slices) slices in a plan of \(plan.sliceCount)")
    self.settings = settings
    self.plan = plan
    isRegression = layout.target.loss.isRegression
    hypernetwork = try Hypernetwork(
      parameters: parameters, fixesGauge: settings.objective.gauge, plan: plan,
      communicator: communicator, reduction: settings.reduction, placement: settings.placement,
      wideLayers: settings.wideLayers, precision: settings.precision, pool: pool, clock: clock)
    let owned = hypernetwork.ownedParameters
    optimizer = Adam(
      count: layout.parameters.count, ranges: owned, pool: pool,
      factors: settings.stepSizes.factors(layout, decay: settings.weightDecay))
    average =
      settings.averageDecay > 0
      ? ParameterAverage(of: parameters, ranges: owned, decay: settings.averageDecay, pool: pool)
      : nil
    inputs = StepInputs(
      settings: settings, architecture: layout.architecture, images: images, samples: samples,
      sampleCount: plan.sampleCount)
    var group: TargetGroup?
    if let ranks = plan.group(of: communicator.rank), let rows = hypernetwork.group {
      group = TargetGroup(
        ranks, plan: plan, target: layout.target, communicator: rows.communicator, clock: clock)
    }
    ownCount = plan.samples(of: communicator.rank).count * layout.weightCount
    // Ranks without a group leave the marks of those that have one: who has the fewest stands still.
    marksWithoutGroup =
      plan.hasGroups && group == nil ? TargetGroup.marks(plan, layout.target) : 0
    targets =
      settings.objective.hearsCommittees
      ? .committees(
        try CommitteePass(
          target: layout.target, settings: settings, images: images, samples: samples, pool: pool))
      : .single(
        try TargetPass(
          target: layout.target, settings: settings, images: images,
          samples: samples, group: group, pool: pool))
    diversity = try DiversityObjective(
      settings: settings.objective, seed: settings.seed,
      imagesPerLatent: settings.imagesPerLatent, precision: settings.precision,
      exchange: settings.exchange, plan: plan, communicator: communicator, layout: layout,
      pool: pool, clock: clock)
    duty = MainThreadDuty { [diversity] in try diversity.progress() }
    results = StepResults(plan: plan, communicator: communicator)
    gradientCheck = GradientCheck(count: layout.parameters.count, ranges: owned, pool: pool)
    diagnosis = StepDiagnosis(
      plan: plan, communicator: communicator, layout: layout, owned: owned)
  }

  /// Makes step `step` (from 1 on), the parameters being those after step - 1. `measure` asks for the
  /// entropy even where the objective does without. Collective.
  ///
  /// Parameters that other ranks have updated are here after ``share()`` only, or when the next step has begun.
  ///
  /// Where the loss or the gradient is not finite, the step is not made: parameters, optimizer and
  /// averages stay as they are, and the report says why. Adam's bias correction, the decays of averages
  /// and those of rate and lambda go by the step's number, so they pass over steps that were not made.
  public func run(_ step: Int, measure: Bool, requests: StepRequests = []) throws -> StepReport {
    try clock.measureStep(step) {
      let lambda = Float(settings.lambda.value(at: step))
      let rate = settings.learningRate.value(at: step)

      let (latents, images) = clock.measure(.latents) {
        inputs.draw(step, probes: diversity.probes)
      }
      let weights = try clock.measure(.generate) { try hypernetwork.forward(latents) }
      try clock.measure(.diversity) {
        try diversity.start(own(weights), step: step, measure: measure)
      }
      let (weightGradients, term) = try runTargets(
        step, weights: weights, images: images,
        gradientScale: lambda / Float(plan.sampleCount * settings.imagesPerLatent))
      // Every rank computes the term and the layers' statistics by itself: where they go wrong on one, all hear of it.
      let isFinite = term.loss.isFinite && hypernetwork.hasFiniteStatistics
      let totals = try clock.measure(.communication) {
        try results.combine(isFinite ? requests : requests.union(.skip))
      }

      var report = StepReport(
        accuracyLoss: totals.loss / Double(plan.sampleCount * settings.imagesPerLatent),
        trainAccuracy: isRegression
          ? .nan : totals.correct / Double(plan.sampleCount * settings.imagesPerLatent),
        diversity: term, lambda: Double(lambda), learningRate: rate, requests: totals.requests)
      guard report.loss.isFinite, !totals.requests.contains(.skip) else {
        report.skipped = diagnosis.ofLoss(
          results, term, statistics: hypernetwork.hasFiniteStatistics)
        return report
      }
      let gradient = try clock.measure(.backward) {
        try hypernetwork.backward(
          weightGradients, isOwners: settings.objective.diversity != .none)
      }
      let passes = gradientCheck.passes(gradient)
      let refused = try clock.communicate(diagnosis.agree(gradient, passes: passes))
      if let refused {
        report.skipped = try diagnosis.ofGradient(refused, weightGradients)
        return report
      }
      clock.measure(.optimizer) {
        hypernetwork.moveRunningAverages(step: step)
        optimizer.update(
          hypernetwork.parameters.values, gradient: gradient, rate: Float(rate), step: step)
        average?.move(step: step)
      }
      try hypernetwork.startSharing()
      return report
    }
  }

  /// All that the training goes on from; read after ``share()``.
  package var state: TrainingState {
    TrainingState(hypernetwork.parameters, optimizer, average) { [hypernetwork] in
      try hypernetwork.gather($0)
    }
  }

  /// Returns when every rank has all parameters and their average. Collective.
  public func share() throws {
    try hypernetwork.shareParameters()
    if let average { try hypernetwork.gather(average.parameters.values) }
  }

  /// Of all weight vectors that are here, or numbers like them, those of this rank's samples.
  private func own(_ all: FloatView) -> FloatView { all.slice(0, ownCount) }

  /// The gradient of the objective with respect to all weight vectors that are here, (samples, D), and the diversity
  /// term's part of the report. Of a group the owner's has the diversity term in it. Collective.
  private func runTargets(
    _ step: Int, weights: FloatView, images: VectorView<Int32>, gradientScale: Float
  ) throws -> (FloatView, DiversityReport) {
    switch targets {
    case .single(let targets):
      let gradients = try clock.measure(.targets) {
        defer { for _ in 0..<marksWithoutGroup { clock.pulse.mark() } }
        return try targets.run(
          step, weights: weights, images: images, gradientScale: gradientScale,
          results: results.own, duty: duty)
      }
      let term = try clock.measure(.diversity) {
        try diversity.finish(own(weights), addingTo: own(gradients))
      }
      return (gradients, term)
    case .committees(let targets):
      try clock.measure(.targets) {
        try targets.forward(
          step, weights: weights, images: images, gradientScale: gradientScale,
          results: results.own, duty: duty)
      }
      let term = try clock.measure(.diversity) { try diversity.finish(targets.outputs) }
      let gradients = clock.measure(.targets) { targets.backward(gradientScale: gradientScale) }
      return (gradients, term)
    }
  }
}

/// How the target networks are run.
private enum Targets {
  /// Forward and backward at once, one network after the other.
  case single(TargetPass)
  /// All forward, then all backward: what committees say is heard in between.
  case committees(CommitteePass)
}
