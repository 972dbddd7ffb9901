// Who is named when a run stands still.

import Host
import Supervision
import Testing

@Suite struct RankTableTests {
  private func table(limit: Double = 10, watching ranks: Range<Int> = 0..<3) -> RankTable {
    RankTable(limit: limit, ranks: ranks, hosts: ["north", "south", "east"])
  }

  private func beat(
    _ rank: Int, marks: Int, idle: Double = 0, step: Int = 4, stage: Stage = .targets
  ) -> Heartbeat {
    var heartbeat = Heartbeat()
    (heartbeat.rank, heartbeat.marks, heartbeat.idleSeconds) = (rank, marks, idle)
    (heartbeat.step, heartbeat.stage) = (step, stage)
    return heartbeat
  }

  @Test func aSilentRankIsNamed() {
    var table = table()
    for _ in 0..<11 {
      #expect(table.verdict() == nil)
      table.wait(1)
      // Ranks 0 and 2 wait for rank 1 and so stand still too.
      for rank in [0, 2] { table.hear(beat(rank, marks: 7, idle: 9)) }
    }
    // Where it is was never heard.
    #expect(table.verdict() == "rank 1 on south made no progress for 11 s")
  }

  /// All heartbeats come, but no main thread moves: the one with the fewest marks is waited for.
  @Test func theRankThatOthersWaitForIsNamed() {
    var table = table()
    table.hear(beat(0, marks: 8, idle: 11, stage: .diversity))
    table.hear(beat(1, marks: 8, idle: 11, stage: .diversity))
    table.hear(beat(2, marks: 7, idle: 10.5))
    #expect(
      table.verdict() == "rank 2 on east made no progress for 10 s: step 4, phase targets")
  }

  @Test func waitingForARankThatMovesIsNoStall() {
    var table = table()
    table.hear(beat(0, marks: 8, idle: 500))
    table.hear(beat(1, marks: 8, idle: 500))
    table.hear(beat(2, marks: 7, idle: 3))
    #expect(table.verdict() == nil)
  }

  @Test func severalBehindAreAllNamed() {
    var table = table()
    table.hear(beat(0, marks: 8, idle: 20))
    table.hear(beat(1, marks: 7, idle: 20))
    table.hear(beat(2, marks: 7, idle: 21))
    #expect(
      table.verdict()
        == "rank 1 on south and rank 2 on east made no progress for 20 s: step 4, phase targets")
    table.hear(beat(0, marks: 7, idle: 20))
    #expect(table.verdict() == "every rank made no progress for 20 s: step 4, phase targets")
  }

  @Test func theEndHasNoStep() {
    var table = table()
    for rank in 0..<3 {
      table.hear(beat(rank, marks: rank == 1 ? 1 : 2, idle: 11, step: 0, stage: .end))
    }
    #expect(table.verdict() == "rank 1 on south made no progress for 11 s: at the end")
  }

  /// Done is who says so; ended, whose connection is.
  @Test func ranksThatAreDoneAndDoNotEndAreNamed() {
    var table = table()
    for rank in 1..<3 {
      #expect(!table.haveLeft(besides: 0))
      var heartbeat = beat(rank, marks: 7)
      heartbeat.kind = .leaving
      table.hear(heartbeat)
    }
    #expect(table.haveLeft(besides: 0) && !table.haveLeft(besides: 1))
    table.wait(100)
    table.awaitEnds()
    table.wait(9)
    table.lose(1)
    #expect(table.lingering(besides: 0) == nil)
    table.wait(2)
    #expect(
      table.lingering(besides: 0) == "rank 2 on east has done its work, but does not end for 11 s")
    table.lose(2)
    #expect(table.lingering(besides: 0) == nil)
  }

  /// Whoever started the ranks may end them first.
  @Test func aLostRankIsNamedAfterAWhile() {
    var table = table()
    for rank in 0..<3 { table.hear(beat(rank, marks: 7)) }
    table.lose(1)
    #expect(table.verdict() == nil)
    for _ in 0..<4 {
      table.wait(1.5)
      for rank in [0, 2] { table.hear(beat(rank, marks: 7)) }
    }
    #expect(
      table.verdict() == "rank 1 on south ended without a word: step 4, phase targets")
  }

  @Test func ranksThatAreDoneAreNotWatched() {
    var table = table()
    for rank in 0..<3 {
      var heartbeat = beat(rank, marks: 7)
      heartbeat.kind = .leaving
      table.hear(heartbeat)
      table.lose(rank)
    }
    table.wait(1000)
    #expect(table.verdict() == nil)
  }

  /// The others hear of rank 0 alone, which may wait for any of them.
  @Test func otherRanksOnlyMissRankZero() {
    var table = table(watching: 0..<1)
    table.hear(beat(0, marks: 7, idle: 500))
    #expect(table.verdict() == nil)
    table.wait(11)
    #expect(
      table.verdict() == "rank 0 on north made no progress for 511 s: step 4, phase targets")
  }
}
