// The shape of the tree over shards.

import Numerics
import Testing

@Suite struct ReductionTreeTests {
  @Test func leftChildTakesTheLargerHalf() {
    #expect(ReductionTree.middle(of: 0..<8) == 4)
    #expect(ReductionTree.middle(of: 0..<7) == 4)
    #expect(ReductionTree.middle(of: 4..<7) == 6)
    #expect(ReductionTree.middle(of: 3..<5) == 4)
  }

  /// The tree of seven leaves is ((01)(23))((45)6).
  @Test func coverIsTheFewestNodes() {
    let tree = ReductionTree(leafCount: 7)
    #expect(tree.cover(of: tree.root) == [0..<7])
    #expect(tree.cover(of: 0..<4) == [0..<4])
    #expect(tree.cover(of: 1..<6) == [1..<2, 2..<4, 4..<6])
    #expect(tree.cover(of: 3..<7) == [3..<4, 4..<7])
    #expect(tree.cover(of: 2..<2) == [])
    #expect(ReductionTree(leafCount: 1).cover(of: 0..<1) == [0..<1])
  }

  /// However leaves are dealt, the nodes of all parts together are the leaves in order.
  @Test func coversPartition() {
    for leaves in 1...12 {
      let tree = ReductionTree(leafCount: leaves)
      for start in 0...leaves {
        for end in start...leaves {
          #expect(tree.cover(of: start..<end).flatMap { Array($0) } == Array(start..<end))
        }
      }
    }
  }
}
