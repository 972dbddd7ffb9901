// The samples among which each sample seeks its nearest neighbour.

import Numerics

/// For each of N samples a set of other samples: all of them, or a random subset of the same size for
/// each, drawn without replacement. A function of (seed, step, sample), so the same on every rank.
package final class CandidateSets {
  package let sampleCount: Int
  /// Candidates of each sample.
  package let count: Int
  private let seed: UInt64
  /// (samples, samples): 1 where the column is a candidate of the row.
  private let flags: AlignedBuffer<UInt8>

  /// Whether ``draw(step:)`` changes the sets.
  package var isRandom: Bool { count < sampleCount - 1 }

  /// `count` candidates for each sample; 0 means all other samples.
  package init(sampleCount: Int, count: Int, seed: UInt64) {
    precondition(
      count >= 0 && count < sampleCount, "CandidateSets: \(count) others of \(sampleCount) samples")
    self.sampleCount = sampleCount
    self.count = count == 0 ? sampleCount - 1 : count
    self.seed = seed
    flags = AlignedBuffer(count: sampleCount * sampleCount)
    draw(step: 0)
  }

  /// Whether `other` is a candidate of `sample`.
  @inline(__always)
  package func contains(_ other: Int, of sample: Int) -> Bool {
    flags[sample * sampleCount + other] != 0
  }

  /// Overwrites the sets with those of a step (Floyd's sampling). Cost: N * count random numbers.
  package func draw(step: Int) {
    flags.view.fill(0)
    let others = sampleCount - 1
    for sample in 0..<sampleCount {
      let row = flags.view.slice(sample * sampleCount, sampleCount)
      let random = CounterRandom(seed: seed, purpose: .candidates, major: step, minor: sample)
      for last in others - count..<others {
        let drawn = isRandom ? random.integer(last, below: last + 1) : last
        let other = Self.other(drawn, than: sample)
        row[row[other] == 0 ? other : Self.other(last, than: sample)] = 1
      }
    }
  }

  /// The samples other than `sample`, numbered from 0.
  private static func other(_ number: Int, than sample: Int) -> Int {
    number < sample ? number : number + 1
  }
}
