// Collective operations and errors on several ranks.

import TestSupport
import Testing

@Suite(.serialized) struct CommunicatorTests {
  @Test(arguments: [1, 2, 3, 5])
  func everyCollectiveDeliversWhatItSays(ranks: Int) throws {
    let run = try RankLauncher.run("CollectivesProbe", ["plans"], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lines.count == 21)
    for line in run.lines { #expect(line.hasSuffix(": right"), "\(line)") }
  }

  /// Rows are counted where MPI cannot count numbers, and sums are made by pieces.
  @Test(arguments: [2, 3, 5])
  func messagesLongerThanMPICountsArrive(ranks: Int) throws {
    let run = try RankLauncher.run("CollectivesProbe", ["long-messages"], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.lines.count == 11)
    for line in run.lines { #expect(line.hasSuffix(": right"), "\(line)") }
  }

  @Test func runsWithoutMpirun() throws {
    let run = try RankLauncher.run("CollectivesProbe", ["facts"], ranks: nil)
    #expect(run.lines == ["ranks 1 on this node 1", "hosts 1 own true"])
  }

  @Test func ranksOfOneMachineShareIt() throws {
    let run = try RankLauncher.run("CollectivesProbe", ["facts"], ranks: 3)
    #expect(run.lines == ["ranks 3 on this node 3", "hosts 3 own true"])
  }

  /// One rank aborts while the others wait in a barrier: all end, with its exit code.
  @Test func abortEndsAllRanks() throws {
    let run = try RankLauncher.run("CollectivesProbe", ["abort"], ranks: 3, timeout: 30)
    #expect(run.status == 7)
  }

  @Test func errorsSayWhatWhereAndWhatToDo() throws {
    let run = try RankLauncher.run("CollectivesProbe", ["error"], ranks: 2, timeout: 30)
    #expect(run.lines.count == 1, "\(run.errors)")
    let line = run.lines.first ?? ""
    #expect(line.hasPrefix("rank 0: MPI_Bcast failed: MPI_ERR_TRUNCATE"), "\(line)")
    #expect(line.contains("start the run again"))
  }

  /// MPI ends a process that asks for an error's text before MPI runs.
  @Test func errorsBeforeMPIRunsHaveTheirNumber() throws {
    let run = try RankLauncher.run("CollectivesProbe", ["early-error"], ranks: nil)
    #expect(run.output.hasPrefix("MPI_Init_thread failed: error code 16; "), "\(run.errors)")
  }
}
