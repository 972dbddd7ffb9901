// Sums in the order of the tree, bit by bit.

import Numerics
import Testing

@Suite struct TreeSummationTests {
  /// A number that no sum of others equals by chance.
  private func value(_ leaf: Int, _ index: Int) -> Float {
    CounterRandom(seed: 3, purpose: .test, major: leaf).normal(index)
  }

  private func naive(_ node: Range<Int>, _ index: Int) -> Float {
    if node.count == 1 { return value(node.lowerBound, index) }
    let middle = node.lowerBound + (node.count + 1) / 2
    return naive(node.lowerBound..<middle, index) + naive(middle..<node.upperBound, index)
  }

  @Test(arguments: [1, 2, 3, 5, 7, 8, 9, 13, 16, 32, 50])
  func leavesGiveTheTreesBits(leafCount: Int) {
    let count = 1_100
    let stride = count + 1
    let parts = AlignedBuffer<Float>(count: leafCount * stride)
    for leaf in 0..<leafCount {
      for index in 0..<count { parts[leaf * stride + index] = value(leaf, index) }
    }
    let result = AlignedBuffer<Float>(count: count)
    TreeSummation(ofLeaves: 0..<leafCount).run(parts.view, stride: stride, into: result.view)
    for index in 0..<count {
      #expect(result[index] == naive(0..<leafCount, index))
    }
  }

  /// Every run of leaves is partitioned by its cover, and the covers of a partition sum to the root.
  @Test(arguments: [1, 2, 3, 4, 5, 8])
  func nodesOfRanksGiveTheTreesBits(rankCount: Int) throws {
    for shardCount in [8, 11, 24] {
      let plan = try ShardPlan(
        sampleCount: shardCount, shardCount: shardCount, rankCount: rankCount)
      var nodes: [Range<Int>] = []
      for rank in 0..<rankCount {
        let cover = plan.tree.cover(of: plan.shards(of: rank))
        #expect(cover.flatMap { Array($0) } == Array(plan.shards(of: rank)))
        nodes += cover
      }
      let count = 37
      let parts = AlignedBuffer<Float>(count: nodes.count * count)
      for (part, node) in nodes.enumerated() {
        for index in 0..<count { parts[part * count + index] = naive(node, index) }
      }
      // The result may be part 0.
      TreeSummation(of: nodes, within: plan.tree.root)
        .run(parts.view, stride: count, into: parts.view.slice(0, count))
      for index in 0..<count {
        #expect(parts[index] == naive(0..<shardCount, index))
      }
    }
  }

  /// Of any length, into a place of its own or either of the addends'.
  @Test(arguments: [0, 1, 7, 8, 16, 37, 1_000])
  func aPairIsAdded(count: Int) {
    for place in 0..<3 {
      let buffers = (0..<3).map { _ in SharedBuffer<Float>(count: count) }
      for index in 0..<count {
        (buffers[0].view[index], buffers[1].view[index]) = (value(0, index), value(1, index))
      }
      TreeSummation.add(buffers[0].view, buffers[1].view, into: buffers[place].view)
      for index in 0..<count {
        #expect(buffers[place].view[index] == value(0, index) + value(1, index))
      }
    }
  }

  @Test func theOrderIsTheTrees() {
    let parts = AlignedBuffer<Double>(count: 3)
    // (tiny + 1) - 1 is 0, tiny + (1 - 1) would be tiny: the left child takes the larger half.
    parts.view.copy(from: [0x1p-53, 1, -1])
    let sum = AlignedBuffer<Double>(count: 1)
    TreeSummation(ofLeaves: 0..<3).run(parts.view, stride: 1, into: sum.view)
    #expect(sum[0] == 0)
  }
}
