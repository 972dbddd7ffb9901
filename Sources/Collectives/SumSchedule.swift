// The messages of a sum over shards, as data.

import Numerics

/// One rank's messages of sums of vectors of up to `capacity` elements over all ranks' shards: what ``ReproducibleAllReduce`` goes by when it runs, for those who
/// want to know without running.
public struct SumSchedule: Sendable {
  private enum Way {
    case tree(TreeSchedule, shortCount: Int)
    case slices(SliceSchedule)
    case alone
  }

  private let way: Way
  private let rank: Int
  private let size: Int
  private let space: Int
  private let elementBytes: Int

  /// Over the shards of samples.
  public init<Element: TreeSummable>(
    _ type: Element.Type, _ plan: ShardPlan, rank: Int, space: Int, capacity: Int
  ) {
    self.init(type, .ofSamples(plan), rank: rank, space: space, capacity: capacity)
  }

  public init<Element: TreeSummable>(
    _: Element.Type, _ plan: SumPlan, rank: Int, space: Int, capacity: Int
  ) {
    (self.rank, size, self.space) = (rank, plan.rankCount, space)
    elementBytes = MemoryLayout<Element>.stride
    if size == 1 {
      way = .alone
    } else if plan.collectives != .alltoall, let tree = TreeSchedule(plan, rank: rank) {
      way = .tree(tree, shortCount: min(capacity, TreeSchedule.shortBytes / elementBytes))
    } else {
      way = .slices(
        SliceSchedule(plan, rank: rank, elementBytes: elementBytes, capacity: capacity))
    }
  }

  /// Of a sum that blocks, or is set off whole.
  public func whole(_ count: Int, isBlocking: Bool) -> [MessageStage] {
    if count == 0 { return [] }
    switch way {
    case .tree(let tree, let shortCount) where count <= shortCount:
      return tree.meetings.indices.map { stage(tree, .whole, at: $0, count) }
    case .slices(let slices) where slices.isShort(count):
      return stages(slices.whole(count), isBlocking: isBlocking)
    case .tree, .slices:
      return scatter(count, isBlocking: isBlocking) + gather(count, isBlocking: isBlocking)
    case .alone: return []
    }
  }

  /// Of the first half, after which each rank has the sums of its elements.
  public func scatter(_ count: Int, isBlocking: Bool = false) -> [MessageStage] {
    switch way {
    case .tree(let tree, _):
      tree.meetings.indices.map { stage(tree, .halving, at: $0, count) }
    case .slices(let slices): stages(slices.scatter(count), isBlocking: isBlocking)
    case .alone: []
    }
  }

  /// Of the second half, which brings what each rank has to all.
  public func gather(_ count: Int, isBlocking: Bool = false) -> [MessageStage] {
    switch way {
    case .tree(let tree, _):
      tree.meetings.indices.reversed().map { stage(tree, .doubling, at: $0, count) }
    case .slices(let slices): stages(slices.gather(count), isBlocking: isBlocking)
    case .alone: []
    }
  }

  private func stage(
    _ tree: TreeSchedule, _ pass: TreeSchedule.Pass, at meeting: Int, _ count: Int
  ) -> MessageStage {
    let (given, taken) = tree.transfer(pass, at: meeting, of: count)
    let partner = tree.meetings[meeting].partner
    return MessageStage([
      .receive(from: partner, space: space, bytes: taken.count * elementBytes),
      .send(to: partner, space: space, bytes: given.count * elementBytes),
    ])
  }

  private func stages(_ call: CollectiveCall, isBlocking: Bool) -> [MessageStage] {
    call.stages(rank: rank, of: size, space: space, isBlocking: isBlocking)
  }
}
