// Steps that cannot be made change nothing, and all ranks say so alike.

import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct SkippedStepTests {
  /// The probe's lines by their first words.
  private func probe(ranks: Int) throws -> [String] {
    let run = try RankLauncher.run("TrainingProbe", [], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    return run.lines
  }

  /// Of a line that names a sample and the rank that computed it: the line without the rank, and both.
  private func place(_ line: String) throws -> (text: Substring, sample: Int, rank: Int) {
    let match = try #require(
      try /(.*, sample (-?\d+)), rank (-?\d+)/.wholeMatch(in: line), "\(line)")
    return (match.1, Int(match.2)!, Int(match.3)!)
  }

  @Test func poisonedStepsAreSkippedAlikeOnAllRanks() throws {
    let single = try probe(ranks: 1)
    let names = [
      "clean", "replicated", "nan", "some", "committee", "neighbours", "gradient",
      "gradient, replicated", "lambda",
    ]
    for name in names {
      #expect(single.contains("\(name) ranks agree true"))
      let isMade = ["clean", "replicated"].contains(name)
      #expect(single.contains("\(name) unchanged \(!isMade)"), "\(single)")
    }
    #expect(single.filter { $0 == "clean skipped nothing" }.count == 3)
    func state(_ name: String) -> String? {
      single.first { $0.hasPrefix("\(name) state ") }.map { String($0.suffix(64)) }
    }
    #expect(state("clean") == state("replicated") && state("clean") != nil)
    #expect(state("gradient") == state("gradient, replicated"))
    #expect(single.contains("refusals of one rank are told alike true"))
    #expect(single.contains("states are refused alike true"))
    #expect(single.contains("evaluation beats for each network true"))
    #expect(single.contains("nan skipped networkLoss, sample 0, rank 0"))
    let skipped = single.filter { $0.contains(" skipped ") && !$0.hasSuffix("nothing") }
    #expect(skipped.count == 7)
    // A step after a skipped one is made.
    for name in ["committee", "neighbours"] {
      #expect(single.contains { $0.hasPrefix("\(name) skipped networkLoss, sample") }, "\(single)")
    }
    for name in ["nan", "some", "committee", "neighbours", "gradient"] {
      #expect(
        single.filter { $0.hasPrefix("\(name) skipped ") }.map { $0.hasSuffix(" nothing") }
          == [true, false, true])
    }

    for ranks in [2, 3, 8, 11, 16] {
      let lines = try probe(ranks: ranks)
      #expect(lines.count == single.count)
      for (line, alone) in zip(lines, single) {
        guard alone.contains(", sample ") else {
          #expect(line == alone, "\(ranks) ranks")
          continue
        }
        let (here, there) = try (place(line), place(alone))
        #expect(here.text == there.text, "\(ranks) ranks")
        // Samples are dealt in runs of 3, one a shard.
        let tree = ReductionTree(leafCount: 8)
        let rank = (0..<ranks).first {
          tree.leaves(of: $0, among: ranks).contains(here.sample / 3)
        }
        #expect(here.rank == (here.sample < 0 ? -1 : rank), "\(line), \(ranks) ranks")
      }
    }
  }
}
