// The loop that spreads pairs' distances over slices of the weights.

import Host
import Numerics

/// The parts of all distances that fixed slices of the weights make up.
struct PartialDistances: LoopBody {
  let distances: PairDistances
  let weights: WeightColumns
  let plan: ShardPlan
  let weightCount: Int
  /// The first of the slices that the loop runs over.
  let firstSlice: Int
  /// (slices, stride): overwritten, one number a pair.
  let partials: DoubleView
  let stride: Int

  func callAsFunction(_ index: Int, _ thread: Int) {
    distances.compute(
      weights.slice(plan.slice(firstSlice + index, of: weightCount)),
      into: partials.slice(index * stride, stride), thread: thread)
  }
}
