// Columns of matrices brought to their ranks, and weights back.

import TestSupport
import Testing

@Suite(.serialized) struct ColumnExchangeTests {
  /// Every number where it belongs, on ranks with and without samples and columns, in log2 P messages along the tree.
  @Test(arguments: [
    (2, "tree"), (4, "tree"), (8, "tree"), (16, "tree"), (32, "tree"), (3, "auto"), (5, "auto"),
    (14, "auto"), (4, "alltoall"),
  ])
  func everyNumberArrives(ranks: Int, pattern: String) throws {
    let run = try RankLauncher.run("CollectivesProbe", ["columns", pattern], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    let checks = run.lines.filter { !$0.hasPrefix("messages ") }
    #expect(checks.count == 10)
    for line in checks { #expect(line.hasSuffix(": right"), "\(line)") }
    let messages = pattern == "tree" ? ranks.trailingZeroBitCount : ranks - 1
    #expect(
      run.lines.filter { $0.hasPrefix("messages ") } == [
        "messages \(messages)", "messages \(messages)",
      ])
  }
}
