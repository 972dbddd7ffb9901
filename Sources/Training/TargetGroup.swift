// What ranks exchange that divide a shard's images.

import Collectives
import Host
import Numerics
import TargetNetworks

/// The messages of a ``RankGroup``: statistics and their gradients at each normalization, and gradients of the slices, summed along
/// their tree.
///
/// All of them are the main thread's, which waits there: a group's ranks run the same networks in the same order. Used from the main thread only; what
/// goes wrong is kept until ``report()``.
package final class TargetGroup: StatisticsExchange, @unchecked Sendable {
  /// This rank's slices.
  let slices: Range<Int>
  private let sliceCount: Int
  private let rank: Int
  private let clock: PhaseClock
  /// By what a slice has to say, and in the order of a forward pass.
  private let statistics: [Int: AllGather<Double>]
  private let partCounts: [Int]
  private let gradients: ReproducibleAllReduce<Float>
  /// What is exchanged where nothing is computed.
  private let imitated: AlignedBuffer<Double>
  private var failure: CollectiveError?

  /// `communicator` is the group's.
  package init(
    _ group: RankGroup, plan: ShardPlan, target: TargetArchitecture, communicator: Communicator,
    clock: PhaseClock
  ) {
    rank = communicator.rank
    self.clock = clock
    sliceCount = plan.sliceCount
    slices = group.slices.shards(of: rank)
    partCounts = DividedEngine.partCounts(target)
    statistics = Dictionary(
      uniqueKeysWithValues: Set(partCounts).map {
        ($0, AllGather(communicator, counts: Self.partCounts(group, $0)))
      })
    gradients = ReproducibleAllReduce(
      communicator: communicator, plan: group.slices, capacity: target.weightCount)
    imitated = AlignedBuffer(count: sliceCount * (partCounts.max() ?? 0))
  }

  /// Numbers of each of the group's ranks where a slice has `count` numbers to say.
  package static func partCounts(_ group: RankGroup, _ count: Int) -> [Int] {
    group.ranks.map { group.slices(of: $0).count * count }
  }

  /// Marks that this rank leaves while a step's target networks run, which others leave as well, so that who stands still is who has the fewest.
  static func marks(_ plan: ShardPlan, _ target: TargetArchitecture) -> Int {
    2 * plan.samplesPerShard * (2 * DividedEngine.partCounts(target).count + 1)
  }

  package func complete(_ parts: DoubleView) {
    attempt { () throws(CollectiveError) in
      guard let gather = statistics[parts.count / sliceCount] else { return }
      try gather.run(parts.slice(gather.block(of: rank)), into: parts)
    }
  }

  /// Overwrites `sum` (D), the same on every rank, with the sum of all slices' gradients; this rank's are in `parts`, (own slices, D), used as scratch.
  func sum(_ parts: FloatView, into sum: FloatView) {
    attempt { () throws(CollectiveError) in
      try gradients.sum(shards: parts, stride: sum.count, count: sum.count, into: sum)
    }
  }

  /// What is exchanged while a network runs, of numbers that mean nothing: where computing is slept.
  func imitate(_ parts: FloatView, into gradient: FloatView) {
    for count in partCounts { imitate(count) }
    for count in partCounts.reversed() { imitate(count) }
    sum(parts, into: gradient)
  }

  private func imitate(_ count: Int) { complete(imitated.view.slice(0, sliceCount * count)) }

  /// Throws what has failed since the last time.
  func report() throws(CollectiveError) {
    guard let failure else { return }
    self.failure = nil
    throw failure
  }

  private func attempt(_ operation: () throws(CollectiveError) -> Void) {
    guard failure == nil else { return }
    do throws(CollectiveError) { try clock.communicate(operation()) } catch { failure = error }
  }
}
