// Which sums are added behind which shard.

import Numerics
import Testing

@Suite struct StackedSumTests {
  @Test func mergesOfSmallNodes() {
    #expect(StackedSum(0..<1).merges == [0])
    #expect(StackedSum(6..<8).merges == [0, 1])
    // The left child takes the larger half.
    #expect(StackedSum(0..<3).merges == [0, 1, 1])
    #expect(StackedSum(0..<5).merges == [0, 1, 1, 0, 2])
    #expect(StackedSum(0..<8).merges == [0, 1, 0, 2, 0, 1, 0, 3])
    #expect(StackedSum(0..<8).depth == 3)
  }

  @Test(arguments: 1...40) func oneSumIsLeft(count: Int) {
    let sum = StackedSum(3..<3 + count)
    #expect(sum.merges.count == count)
    #expect(sum.merges.reduce(0, +) == count - 1)
    var kept = 0
    for merges in sum.merges {
      #expect(merges <= kept)
      kept += 1 - merges
      #expect(kept <= sum.depth)
    }
    #expect(kept == 1)
  }
}
