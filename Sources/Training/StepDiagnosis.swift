// Finding out why a step cannot be made.

import Collectives
import Hypernetworks
import Numerics

/// Names what is not finite in a step, the same on every rank.
package struct StepDiagnosis {
  private let plan: ShardPlan
  private let communicator: Communicator
  private let layout: HypernetworkLayout
  /// The parameters whose gradient this rank has, in their order.
  private let owned: [Range<Int>]
  /// Whether other ranks have other parameters' gradient; where each has all of it, it is the same on all.
  private let isDivided: Bool
  private let found = SharedBuffer<Int64>(count: 1)

  package init(
    plan: ShardPlan, communicator: Communicator, layout: HypernetworkLayout, owned: [Range<Int>]
  ) {
    self.plan = plan
    self.communicator = communicator
    self.layout = layout
    self.owned = owned
    isDivided = owned != [0..<layout.parameters.count]
  }

  /// Why the loss is not finite, from what all ranks know, `statistics` telling whether those of the forward pass are.
  func ofLoss(_ results: StepResults, _ diversity: DiversityReport, statistics: Bool)
    -> SkippedStep
  {
    if let sample = results.firstWithoutLoss { return skipped(.networkLoss, sample) }
    if let sample = diversity.sampleWithoutDistance { return skipped(.distance, sample) }
    return skipped(statistics ? .loss : .statistics, nil)
  }

  /// The first tensor of parameters whose gradient any rank refuses, `passes` telling whether this one takes what it has of `gradient`; nil where
  /// none does. Collective.
  package func agree(_ gradient: FloatView, passes: Bool) throws(CollectiveError)
    -> ParameterLayout.Entry?
  {
    let entries = layout.parameters.entries
    let first =
      passes
      ? nil
      : entries.firstIndex { entry in
        owned.contains {
          !GradientCheck.hasFiniteSquares(gradient.slice(entry.range.clamped(to: $0)))
        }
      }
    found.view[0] = Int64(first.map { entries.count - $0 } ?? 0)
    if isDivided { try communicator.max(found.view) }
    return found.view[0] > 0 ? entries[entries.count - Int(found.view[0])] : nil
  }

  /// The tensor of parameters whose gradient is refused, and the first sample whose own, of `weightGradients`, shows it. Collective.
  func ofGradient(_ refused: ParameterLayout.Entry, _ weightGradients: FloatView) throws
    -> SkippedStep
  {
    let count = layout.weightCount
    let samples = plan.samples(of: communicator.rank)
    let local = (0..<samples.count).first { local in
      let own = weightGradients.slice(local * count, count)
      return (0..<count).contains { !own[$0].isFinite }
    }
    let distance = local.map { plan.sampleCount - samples.lowerBound - $0 } ?? 0
    let largest = try communicator.max(distance)
    return skipped(
      .gradient(parameter: refused.name),
      largest > 0 ? plan.sampleCount - largest : nil)
  }

  private func skipped(_ quantity: SkippedStep.Quantity, _ sample: Int?) -> SkippedStep {
    SkippedStep(
      quantity: quantity, sample: sample,
      rank: sample.flatMap { sample in
        (0..<plan.rankCount).first { plan.samples(of: $0).contains(sample) }
      })
  }
}
