// The sums that a rank contributes of its leaves.

import Numerics

/// The nodes of a ``ReductionTree`` that a rank's leaves make up, and how each is summed.
struct NodeSums: Sendable {
  let nodes: [StackedSum]
  let leaves: Range<Int>

  init(_ nodes: [Range<Int>], of leaves: Range<Int>, grain: Int = 1) {
    self.nodes = nodes.map { StackedSum($0, grain: grain) }
    self.leaves = leaves
  }
}
