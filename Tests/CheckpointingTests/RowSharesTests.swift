// Each row of a file is written by one rank, and by which.

import Testing

@testable import Checkpointing

@Suite struct RowSharesTests {
  /// All rows lie on some rank, none on two, in the ranks' order.
  private func requireWhole(_ shares: RowShares, ranks: Int, rows count: Int) {
    var next = 0
    for rank in 0..<ranks {
      let rows = shares.rows(of: rank, count)
      #expect(rows.lowerBound == next)
      next = rows.upperBound
    }
    #expect(next == count)
  }

  @Test func everyRowIsWrittenOnce() {
    let hosts = ["a", "b", "a", "a", "b", "c", "c"]
    for count in [0, 1, 2, 5, 7, 64, 1001] {
      for ranks in 1...hosts.count {
        requireWhole(.even(ranks), ranks: ranks, rows: count)
        requireWhole(
          .sparingRankZero(hosts: Array(hosts.prefix(ranks))), ranks: ranks, rows: count)
      }
    }
  }

  @Test func rankZeroWritesNothingWhereOthersShareItsMachine() {
    let shares = RowShares.sparingRankZero(hosts: ["a", "b", "a", "a", "b", "b"])
    #expect(shares.rows(of: 0, 600).isEmpty)
    // A machine of three ranks among six writes half of the rows, as with even shares.
    #expect([2, 3].map { shares.rows(of: $0, 600).count } == [150, 150])
    #expect([1, 4, 5].map { shares.rows(of: $0, 600).count } == [100, 100, 100])
  }

  @Test func rankZeroWritesWhereItIsAlone() {
    #expect(RowShares.sparingRankZero(hosts: ["a"]) == .even(1))
    #expect(RowShares.sparingRankZero(hosts: ["a", "b", "b"]) == .even(3))
  }
}
