// One training step of networks that train alone, on all ranks.

import Baselines
import Collectives
import Configurations
import Datasets
import Host
import Hypernetworks
import Numerics
import Optimizers
import TargetNetworks
import TrainedModels

/// A step of each of a baseline's networks: minibatch, gradient, optimizer. Where there are more ranks than networks, those
/// that share one add up its slices' gradients (``MemberPlan``) and make the same update. It allocates nothing after its first
/// round.
public final class MemberStep: OptimizationStep {
  public let clock = PhaseClock()
  /// All networks; those of other ranks are as they were when they were shared last.
  public let members: [Member]

  private let rates: MemberRates
  /// Then there are no right answers to count.
  private let isRegression: Bool
  private let batch: Int
  /// Of networks whose model has none of its own.
  private let clipping: GradientClipping?
  /// Of distributions of networks: how much the penalty counts, and the training images it is divided by.
  private let penalty: PenaltySchedule
  private let imageCount: Int
  private let plan: MemberPlan
  private let own: Range<Int>
  private let communicator: Communicator
  private let pass: MemberPass
  private let results: StepResults
  /// Over the slices of a network, on the ranks that share it.
  private let sliceSum: ReproducibleAllReduce<Float>
  private let sliceCount: Int
  /// (own networks, trained numbers)
  private let gradients: AlignedBuffer<Float>
  private let check: GradientCheck
  private let refused: AlignedBuffer<Int64>

  /// Collective.
  public init(
    _ configuration: Configuration, target: TargetArchitecture, images: LabeledImages,
    communicator: Communicator, pool: WorkerPool
  ) throws {
    let baseline = configuration.baseline
    rates = baseline.rates
    isRegression = target.loss.isRegression
    batch = baseline.batch
    clipping = GradientClipping(unlessZero: configuration.training.gradientNorm)
    penalty = baseline.penalty
    imageCount = images.count
    self.communicator = communicator
    plan = try MemberPlan(
      memberCount: baseline.memberCount, sliceCount: baseline.batch / baseline.sliceImages,
      rankCount: communicator.size)
    let settings = MemberSettings(configuration)
    let model = configuration.weightModel(target)
    members = (0..<plan.memberCount).map {
      Member(settings, number: $0, target: target, model: model, pool: pool)
    }
    if let model = model as? RandomGains {
      let fitting = try GainFitting(model, target: target, images: images)
      for member in members { fitting.fit(member.weights) }
    }
    own = plan.members(of: communicator.rank)
    let group = plan.group(of: communicator.rank)
    let slices = plan.slices(of: communicator.rank)
    sliceCount = slices.count
    pass = try MemberPass(
      members: Array(members[own]), slices: slices, batch: batch,
      sliceImages: baseline.sliceImages, target: target,
      activations: configuration.training.precision,
      mask: baseline.method == .dropout
        ? DropoutMask(target: target, probability: baseline.dropout) : nil,
      images: ChangedImages(images: images, augmentation: configuration.data.augment), pool: pool)
    results = StepResults(
      samples: (0..<communicator.size).map(plan.units), communicator: communicator)
    let groupCommunicator =
      plan.rankCount > plan.memberCount
      ? try communicator.split(color: group.lowerBound) : Communicator.alone
    sliceSum = ReproducibleAllReduce(
      communicator: groupCommunicator,
      plan: try ShardPlan(
        sampleCount: plan.sliceCount, shardCount: plan.sliceCount,
        rankCount: groupCommunicator.size),
      capacity: model?.generatingCount ?? target.weightCount)
    gradients = AlignedBuffer(count: own.count * (model?.layout.count ?? target.weightCount))
    check = GradientCheck(count: gradients.count, pool: pool)
    refused = AlignedBuffer(count: 1)
  }

  /// Makes step `step` (from 1 on) of all networks. Where a loss or a gradient of any is not finite, none makes
  /// it. Collective.
  public func run(_ step: Int, measure: Bool, requests: StepRequests = []) throws -> StepReport {
    try clock.measureStep(step) {
      let rate = rates.value(at: step)
      clock.measure(.latents) { pass.draw(step) }
      clock.measure(.targets) { pass.run(step, results: results.own) }
      let totals = try clock.measure(.communication) { try results.combine(requests) }
      let images = Double(plan.memberCount * batch)
      let penaltyWeight = penalty.value(at: step) / Double(imageCount)
      var diversity = DiversityReport()
      diversity.loss = penaltyWeight * totals.penalty / Double(plan.memberCount)
      var report = StepReport(
        accuracyLoss: totals.loss / images,
        trainAccuracy: isRegression ? .nan : totals.correct / images,
        diversity: diversity, lambda: 1, learningRate: rate, requests: totals.requests)
      guard report.loss.isFinite, totals.penalty.isFinite, !totals.requests.contains(.skip) else {
        let unit = results.firstWithoutLoss
        report.skipped = skipped(unit == nil ? .loss : .networkLoss, unit: unit)
        return report
      }
      try clock.measure(.backward) { try sumGradients(penalty: Float(penaltyWeight)) }
      if let member = try firstRefused() {
        report.skipped = skipped(
          .gradient(parameter: "network \(member)"), unit: member * plan.sliceCount)
        return report
      }
      clock.measure(.optimizer) {
        for (local, number) in own.enumerated() {
          (members[number].model?.clipping ?? clipping)?.apply(to: gradient(local))
          members[number].update(gradient: gradient(local), rate: Float(rate), step: step)
          members[number].keep(step: step)
        }
      }
      return report
    }
  }

  /// All that the training goes on from.
  package var state: TrainingState { TrainingState(MemberTensors.of(members)) }

  /// Brings every rank's networks to all others. Collective.
  public func share() throws {
    guard communicator.size > 1 else { return }
    for (number, member) in members.enumerated() {
      for part in member.state {
        try communicator.broadcast(part.values, from: plan.owner(of: number))
      }
    }
  }

  private func gradient(_ local: Int) -> FloatView {
    let size = gradients.count / own.count
    return gradients.view.slice(local * size, size)
  }

  /// Overwrites this rank's networks' gradients with the sums of their slices', and `penalty` times their penalties'.
  private func sumGradients(penalty: Float) throws(CollectiveError) {
    let count = pass.gradients.count / (own.count * sliceCount)
    for local in 0..<own.count {
      let all = gradient(local)
      let sum = all.slice(0, count)
      try sliceSum.sum(
        shards: pass.gradients.view.slice(local * sliceCount * count, sliceCount * count),
        stride: count, count: count, into: sum)
      guard pass.penaltyGradients.count > 0 else { continue }
      all.dropFirst(count).fill(0)
      VectorMath.add(
        pass.penaltyGradients.view.slice(local * all.count, all.count), times: penalty, to: all)
    }
  }

  /// The first network of any rank whose gradient the optimizer cannot take; the same on every rank. Collective.
  private func firstRefused() throws(CollectiveError) -> Int? {
    refused[0] = 0
    if !check.passes(gradients.view) {
      for (local, number) in own.enumerated().reversed()
      where !GradientCheck.hasFiniteSquares(gradient(local)) {
        refused[0] = Int64(plan.memberCount - number)
      }
    }
    if communicator.size > 1 { try communicator.max(refused.view) }
    return refused[0] > 0 ? plan.memberCount - Int(refused[0]) : nil
  }

  private func skipped(_ quantity: SkippedStep.Quantity, unit: Int?) -> SkippedStep {
    SkippedStep(
      quantity: quantity, sample: unit.map { $0 / plan.sliceCount },
      rank: unit.flatMap { unit in
        (0..<plan.rankCount).first { plan.units(of: $0).contains(unit) }
      })
  }
}
