// What MPI is told of blocks: in numbers, or in whole rows of them. No MPI runs here.

import Testing

@testable import Collectives

@Suite struct BlockCountsTests {
  /// What the type says of its blocks. (The macros of tests take no noncopyable values.)
  struct Facts: Equatable {
    var total: Int
    var unit: Int
    var blocks: [Range<Int>]
    var counts: [Int32]
    var offsets: [Int32]
    var refusal: String?

    init<Element: CollectiveElement>(
      _: Element.Type, _ counts: [Int], mostUnits: Int = MessageCounts.most
    ) {
      let blocks = BlockCounts<Element>(counts, mostUnits: mostUnits)
      (total, unit) = (blocks.total, blocks.unit)
      self.blocks = counts.indices.map { blocks.block(of: $0) }
      self.counts = blocks.counts.view.array
      offsets = blocks.displacements.view.array
      do { try blocks.check() } catch { refusal = error.description }
    }
  }

  @Test func blocksLieOneBehindTheOther() {
    let facts = Facts(Float.self, [3, 0, 5])
    #expect(facts.total == 8 && facts.unit == 1 && facts.refusal == nil)
    #expect(facts.blocks == [0..<3, 3..<3, 3..<8])
    #expect(facts.counts == [3, 0, 5])
    #expect(facts.offsets == [0, 3, 3])
  }

  @Test func asManyAsMPICountsAreCountedOneByOne() {
    #expect(Facts(Double.self, [6, 9], mostUnits: 15).unit == 1)
    #expect(Facts(Double.self, []).total == 0)
  }

  @Test func elementsWithoutACommonUnitAreRefusedWithTheirBytes() {
    let facts = Facts(Double.self, [6, 7], mostUnits: 12)
    #expect(facts.total == 13 && facts.blocks[1] == 6..<13)
    #expect(facts.refusal?.contains("its 104 bytes are more than MPI can count") == true)
  }

  /// 2^31 numbers and more: nothing traps before MPI is asked.
  @Test func countsBeyond32BitsAreNoTrap() {
    let facts = Facts(Float.self, [(1 << 31) + 1, 1 << 31])
    #expect(facts.total == (1 << 32) + 1)
    #expect(facts.refusal?.contains("its 17179869188 bytes") == true)
  }

  @Test func greatestCommonDivisorOfCounts() {
    #expect([20_018, 0, 60_054].reduce(0, MessageCounts.greatestCommonDivisor) == 20_018)
    #expect([6, 4].reduce(0, MessageCounts.greatestCommonDivisor) == 2)
    #expect([0, 0].reduce(0, MessageCounts.greatestCommonDivisor) == 0)
  }

  @Test func piecesCoverEverythingInOrder() throws {
    var pieces: [Range<Int>] = []
    try MessageCounts.forEachPiece(of: 25, longest: 10) { pieces.append($0..<$0 + $1) }
    #expect(pieces == [0..<10, 10..<20, 20..<25])
    try MessageCounts.forEachPiece(of: 0) { _, _ in Issue.record("a piece of nothing") }
  }
}
