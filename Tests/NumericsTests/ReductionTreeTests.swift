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

  /// Three shards of four slices are (((01)(23)) ((45)(67))) ((89)(10 11)).
  @Test func shardsOfSlicesAreNodes() {
    let tree = ReductionTree(leafCount: 12, grain: 4)
    #expect(ReductionTree.middle(of: tree.root, grain: 4) == 8)
    #expect(ReductionTree.middle(of: 0..<8, grain: 4) == 4)
    #expect(ReductionTree.middle(of: 8..<12, grain: 4) == 10)
    #expect(tree.cover(of: 4..<12) == [4..<8, 8..<12])
    #expect(tree.cover(of: 3..<11) == [3..<4, 4..<8, 8..<10, 10..<11])
    #expect(ReductionTree(leafCount: 12).cover(of: 0..<8) == [0..<6, 6..<8])
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

  /// All leaves in order, runs as equal as can be; of a power of two ranks each is a node, and so are those of two, four, ... neighbours.
  @Test func leavesAreDealt() {
    for leaves in 1...40 {
      let tree = ReductionTree(leafCount: leaves)
      for ranks in 1...40 {
        let runs = (0..<ranks).map { tree.leaves(of: $0, among: ranks) }
        #expect(runs.flatMap { Array($0) } == Array(0..<leaves))
        #expect(runs.map(\.count).max()! - runs.map(\.count).min()! <= 1)
        guard ranks.nonzeroBitCount == 1 else { continue }
        for (rank, run) in runs.enumerated() {
          #expect(tree.cover(of: run).count == (run.isEmpty ? 0 : 1))
          guard rank % 2 == 0, ranks > 1 else { continue }
          let parent = tree.leaves(of: rank / 2, among: ranks / 2)
          #expect(parent == run.lowerBound..<runs[rank + 1].upperBound)
        }
      }
    }
  }
}
