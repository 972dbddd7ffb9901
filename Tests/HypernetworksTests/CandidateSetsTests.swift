// Among whom nearest neighbours are sought.

import Hypernetworks
import Numerics
import Testing

@Suite struct CandidateSetsTests {
  private func all(_ sets: CandidateSets) -> [Set<Int>] {
    (0..<sets.sampleCount).map { sample in
      Set((0..<sets.sampleCount).filter { sets.contains($0, of: sample) })
    }
  }

  @Test(arguments: [2, 3, 17]) func zeroMeansAllOthers(samples: Int) {
    let sets = CandidateSets(sampleCount: samples, count: 0, seed: 1)
    #expect(sets.count == samples - 1 && !sets.isRandom)
    let expected = (0..<samples).map { Set(0..<samples).subtracting([$0]) }
    #expect(all(sets) == expected)
    sets.draw(step: 9)
    #expect(all(sets) == expected)
    // As many as there are others are all of them, too.
    #expect(all(CandidateSets(sampleCount: samples, count: samples - 1, seed: 1)) == expected)
  }

  @Test(arguments: [1, 2, 7, 14]) func randomSetsHaveTheirSize(count: Int) {
    let sets = CandidateSets(sampleCount: 16, count: count, seed: 1)
    #expect(sets.isRandom)
    for step in 0..<20 {
      sets.draw(step: step)
      for (sample, candidates) in all(sets).enumerated() {
        #expect(candidates.count == count)
        #expect(!candidates.contains(sample))
      }
    }
  }

  /// Committees are samples in a row; each sample has candidates of its own.
  @Test(arguments: [0, 1, 3, 4]) func committeesKeepToThemselves(count: Int) {
    let sets = CandidateSets(sampleCount: 15, committee: 5, count: count, seed: 1)
    #expect(sets.isRandom == (1...3).contains(count))
    #expect(sets.count == (count == 0 ? 4 : count))
    for step in 0..<20 {
      sets.draw(step: step)
      for (sample, candidates) in all(sets).enumerated() {
        let others = Set(0..<15).filter { $0 / 5 == sample / 5 && $0 != sample }
        #expect(candidates.count == sets.count && candidates.isSubset(of: others))
      }
    }
  }

  /// Functions of seed and step, whatever was drawn before.
  @Test func functionsOfSeedAndStep() {
    func drawn(seed: UInt64, steps: [Int]) -> [Set<Int>] {
      let sets = CandidateSets(sampleCount: 12, count: 4, seed: seed)
      for step in steps { sets.draw(step: step) }
      return all(sets)
    }
    #expect(drawn(seed: 1, steps: [1, 8, 3]) == drawn(seed: 1, steps: [3]))
    #expect(drawn(seed: 1, steps: [3]) != drawn(seed: 1, steps: [4]))
    #expect(drawn(seed: 1, steps: [3]) != drawn(seed: 2, steps: [3]))
  }

  /// Every other sample is as often a candidate.
  @Test func othersAreEqual() {
    let (samples, count, steps) = (9, 3, 4_000)
    let sets = CandidateSets(sampleCount: samples, count: count, seed: 5)
    var seen = [Int](repeating: 0, count: samples * samples)
    for step in 0..<steps {
      sets.draw(step: step)
      for sample in 0..<samples {
        for other in 0..<samples where sets.contains(other, of: sample) {
          seen[sample * samples + other] += 1
        }
      }
    }
    // Five standard deviations around 3 / 8 of the steps.
    for sample in 0..<samples {
      for other in 0..<samples where other != sample {
        #expect(abs(seen[sample * samples + other] - steps * count / (samples - 1)) < 155)
      }
    }
  }
}
