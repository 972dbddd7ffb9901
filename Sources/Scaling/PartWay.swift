// The messages of a part of the gradient and of the parameters.

import Collectives
import Hypernetworks
import Numerics

/// One rank's messages about a ``GradientPart``, in a message space of its own.
struct PartWay: Sendable {
  private enum Way {
    case summed(SumSchedule)
    case divided(ColumnSchedule)
  }
  private let way: Way
  private let count: Int
  private let space: Int

  /// `rows`: what sums of rows go along.
  init(_ part: GradientPart, _ plan: ShardPlan, rows: SumPlan, rank: Int, space: Int) {
    count = part.range.count
    self.space = space
    way =
      if let columns = part.columns {
        .divided(
          ColumnSchedule(
            plan, rank: rank, columns: columns.count, shared: columns.inputColumns,
            weights: columns.inputs))
      } else {
        .summed(
          SumSchedule(
            Float.self, part.isOfRows ? rows : .ofSamples(plan), rank: rank, space: space,
            capacity: count))
      }
  }

  /// On the gradient's way to those who update.
  var scatter: [MessageStage] {
    switch way {
    case .summed(let sum): sum.scatter(count)
    case .divided(let columns): columns.scatter(space: space)
    }
  }

  /// On the gradient's way to all.
  var whole: [MessageStage] {
    switch way {
    case .summed(let sum): sum.whole(count, isBlocking: false)
    case .divided: scatter + gather
    }
  }

  /// On the parameters' way to all.
  var gather: [MessageStage] {
    switch way {
    case .summed(let sum): sum.gather(count)
    case .divided(let columns): columns.gather(space: space)
    }
  }
}
