// The table of a study's steps, written and read back.

import Foundation
import TestSupport
import Testing

@testable import Scaling

@Suite struct StepTableTests {
  static func row(
    ranks: Int = 1, threads: Int = 1, latents: Int = 4, round: Int = 1, step: Int = 1,
    seconds: Double = 1, digest: String = "a"
  ) -> StepRow {
    var row = StepRow()
    (row.ranks, row.threads, row.latents) = (ranks, threads, latents)
    (row.round, row.step, row.seconds, row.digest) = (round, step, seconds, digest)
    return row
  }

  static func dead(ranks: Int, round: Int = 1) -> StepRow {
    var row = row(ranks: ranks, round: round, step: 0, seconds: .nan)
    row.problem = "it died, of hunger"
    return row
  }

  @Test func rowsComeBackFromAFile() throws {
    let folder = TestFolder()
    var row = Self.row(ranks: 3, seconds: 0.125)
    row.slowest[2] = 0.5
    row.mean[7] = 0.25
    (row.bytes, row.messages, row.waiting, row.team, row.nodes, row.images) = (7, 6, 0.5, 4, 3, 2)
    (row.host, row.processor, row.commit, row.mpi) = ("h", "Some, processor", "c", "Open MPI")
    (row.binding, row.isOversubscribed, row.mode) = ("--bind-to none", true, .weak)
    var table = StepTable()
    table.replace(with: [row, Self.dead(ranks: 2)])
    try table.write(to: folder.path)
    let read = try #require(try StepTable(folder: folder.path))
    #expect(read.rows[0].processor == "Some; processor")
    #expect(read.rows[0].line == row.line)
    #expect(read.rows[0].slowest[2] == 0.5 && read.rows[0].mean[7] == 0.25)
    #expect(read.rows[1].isDead && read.rows[1].problem == "it died; of hunger")
    #expect(read.rows[1].seconds.isNaN)
  }

  @Test func otherTablesAreRefused() throws {
    let folder = TestFolder()
    try "step,loss\n1,2\n".write(
      toFile: "\(folder.path)/scaling.csv", atomically: true, encoding: .utf8)
    #expect(throws: ScalingError.self) { try StepTable(folder: folder.path) }
  }

  @Test func deadPointsAreReplacedAndTimedOnesKept() {
    let point = ScalePoint(ranks: 2, threads: 1, latents: 4, shards: 2)
    var table = StepTable()
    table.replace(with: [Self.dead(ranks: 2)])
    #expect(!table.has(point, .strong, round: 1))
    var other = StepTable()
    other.replace(with: [Self.row(ranks: 2, step: 1), Self.row(ranks: 2, step: 2)])
    table.adopt(other)
    #expect(table.rows.count == 2 && table.has(point, .strong, round: 1))
    #expect(!table.has(point, .weak, round: 1) && !table.has(point, .strong, round: 2))
    other.replace(with: [Self.row(ranks: 2, seconds: 9)])
    table.adopt(other)
    #expect(table.rows.allSatisfy { $0.seconds == 1 })
  }
}
