// What ranks exchange that divide the rows of a shard's generators.

import Collectives
import Numerics

/// The messages of a ``RankGroup`` about its shard's weight vectors: what the generators make of each rank's rows, what of the gradient its owner alone
/// knows, and what the generators' inputs' gradients are. Used from the main thread only.
package final class RowGroup {
  package let communicator: Communicator
  private let outputs: RowGather
  private let inputGradients: RowGather
  private let owners: AllGather<Float>

  /// `communicator` is the group's; `own` and `gradients`: this rank's rows of the generators' outputs and of their inputs' gradients.
  init(
    _ group: RankGroup, plan: ShardPlan, layout: HypernetworkLayout, outputs own: [RowBlock],
    inputGradients gradients: [RowBlock], communicator: Communicator
  ) {
    self.communicator = communicator
    outputs = RowGather(
      .outputs, layout.generators, group, plan, own: own, communicator: communicator)
    inputGradients = RowGather(
      .inputs, layout.generators, group, plan, own: gradients, communicator: communicator)
    owners = AllGather(communicator, counts: Self.ownersCounts(group, plan, layout))
  }

  /// Numbers of each of the group's ranks in the three exchanges of a step, in their order.
  package static func outputCounts(
    _ group: RankGroup, _ plan: ShardPlan, _ layout: HypernetworkLayout
  ) -> [Int] {
    RowGather.counts(.outputs, layout.generators, group, plan)
  }

  package static func ownersCounts(
    _ group: RankGroup, _ plan: ShardPlan, _ layout: HypernetworkLayout
  ) -> [Int] {
    let count = plan.samplesPerShard * layout.weightCount
    return group.ranks.map { $0 == group.owner ? count : 0 }
  }

  package static func inputGradientCounts(
    _ group: RankGroup, _ plan: ShardPlan, _ layout: HypernetworkLayout
  ) -> [Int] {
    RowGather.counts(.inputs, layout.generators, group, plan)
  }

  /// All ranks' rows of the generators' outputs; `own` is this rank's. Collective.
  func gatherOutputs(_ own: [RowBlock]) throws(CollectiveError) -> [RowBlock] {
    try outputs.run(own)
    return outputs.all
  }

  /// Overwrites (samples, D) with what the owner has there. Collective.
  func spread(_ gradients: FloatView) throws(CollectiveError) {
    try owners.run(gradients.slice(owners.block(of: communicator.rank)), into: gradients)
  }

  /// All ranks' rows of the generators' inputs' gradients; `own` is this rank's. Collective.
  func gatherInputGradients(_ own: [RowBlock]) throws(CollectiveError) -> [RowBlock] {
    try inputGradients.run(own)
    return inputGradients.all
  }
}
