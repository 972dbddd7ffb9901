// Distances of many networks to a few others, at the speed of the caches.

import Hypernetworks
import Numerics

/// Room of one thread for distances between weight vectors. A pair's distance has the bits it has in training's
/// exchange of weight vectors, whatever other pairs are computed beside it: partial sums over the fixed slices of the weights,
/// added along the plan's tree.
final class DistanceTile: Sendable {
  /// Pairs of a tile: their running sums fill half a second-level cache.
  private static let pairCapacity = 4_096
  /// Columns of the weights that are worked on at a time: 256 networks' are another half.
  private static let columnCount = 512

  private let plan: ShardPlan
  private let metric: DistanceMetric
  private let summation: TreeSummation
  private let running = SharedBuffer<Float>(count: pairCapacity * DistanceKernels.runningCount)
  /// (slices, pairs)
  private let partials: SharedBuffer<Double>
  private let distances = SharedBuffer<Double>(count: pairCapacity)

  /// For networks whose weights are cut into `plan`'s slices.
  init(plan: ShardPlan, metric: DistanceMetric) {
    self.plan = plan
    self.metric = metric
    summation = TreeSummation(ofLeaves: plan.tree.root)
    partials = SharedBuffer(count: plan.shardCount * Self.pairCapacity)
  }

  /// Calls `body` with the distance, under l2 squared, of each of `rowCount` networks, whose weights (D) are
  /// `row`'s, to each of `others` (D), at most 4,096. Cost: 3 D FLOPs a pair; a row is read from memory once.
  func forEachDistance(
    rowCount: Int, row: (Int) -> FloatView, to others: [FloatView],
    _ body: (_ row: Int, _ other: Int, _ distance: Double) -> Void
  ) {
    precondition(
      !others.isEmpty && others.count <= Self.pairCapacity,
      "DistanceTile: distances to \(others.count) networks")
    let height = Self.pairCapacity / others.count
    for first in stride(from: 0, to: rowCount, by: height) {
      let rows = (first..<min(rowCount, first + height)).map(row)
      let pairCount = rows.count * others.count
      for slice in 0..<plan.shardCount {
        addPartials(rows, others, slice, into: partials.view.slice(slice * pairCount, pairCount))
      }
      let distances = distances.view.slice(0, pairCount)
      summation.run(partials.view, stride: pairCount, into: distances)
      for pair in 0..<pairCount {
        body(first + pair / others.count, pair % others.count, distances[pair])
      }
    }
  }

  /// Overwrites `partial` (rows, others) with a slice's part of the distances.
  private func addPartials(
    _ rows: [FloatView], _ others: [FloatView], _ slice: Int, into partial: DoubleView
  ) {
    let range = plan.slice(slice, of: others[0].count)
    let width = DistanceKernels.runningCount
    let whole = range.lowerBound + range.count / width * width
    running.view.slice(0, partial.count * width).fill(0)
    for column in stride(from: range.lowerBound, to: whole, by: Self.columnCount) {
      let columns = column..<min(whole, column + Self.columnCount)
      for (row, a) in rows.enumerated() {
        for (other, b) in others.enumerated() {
          DistanceKernels.accumulate(
            a.slice(columns), b.slice(columns), metric: metric,
            onto: running.view.slice((row * others.count + other) * width, width))
        }
      }
    }
    for (row, a) in rows.enumerated() {
      for (other, b) in others.enumerated() {
        let pair = row * others.count + other
        partial[pair] = DistanceKernels.total(
          running.view.slice(pair * width, width), a.slice(whole..<range.upperBound),
          b.slice(whole..<range.upperBound), metric: metric)
      }
    }
  }
}
