// Finding out why a step cannot be made.

import Collectives
import Hypernetworks
import Numerics

/// Names what is not finite in a step, the same on every rank.
struct StepDiagnosis {
  private let plan: ShardPlan
  private let communicator: Communicator
  private let layout: HypernetworkLayout

  init(plan: ShardPlan, communicator: Communicator, layout: HypernetworkLayout) {
    self.plan = plan
    self.communicator = communicator
    self.layout = layout
  }

  /// Why the loss is not finite, from what all ranks know.
  func ofLoss(_ results: StepResults, _ diversity: DiversityReport) -> SkippedStep {
    if let sample = results.firstWithoutLoss { return skipped(.crossEntropy, sample) }
    if let sample = diversity.sampleWithoutDistance { return skipped(.distance, sample) }
    return skipped(.loss, nil)
  }

  /// Which parameter's gradient is refused, and the first sample whose own, of `weightGradients`, shows it.
  /// Collective: all ranks have the same gradient.
  func ofGradient(_ gradient: FloatView, _ weightGradients: FloatView) throws -> SkippedStep {
    let entry = layout.parameters.entries.first {
      !GradientCheck.hasFiniteSquares(gradient.slice($0.range))
    }
    let count = layout.weightCount
    let samples = plan.samples(of: communicator.rank)
    let local = (0..<samples.count).first { local in
      let own = weightGradients.slice(local * count, count)
      return (0..<count).contains { !own[$0].isFinite }
    }
    let distance = local.map { plan.sampleCount - samples.lowerBound - $0 } ?? 0
    let largest = try communicator.max(distance)
    return skipped(
      .gradient(parameter: entry?.name ?? "a parameter"),
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
