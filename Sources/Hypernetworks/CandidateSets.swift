// The samples among which each sample seeks its nearest neighbour.

import Numerics

/// For each of N samples a set of other samples: all of them, or all of its committee, or a random subset of
/// these of the same size for each, drawn without replacement. A function of (seed, step, sample), so the same
/// on every rank.
package final class CandidateSets {
  package let sampleCount: Int
  /// Candidates of each sample.
  package let count: Int
  /// Samples in a row that are candidates of each other only.
  private let committee: Int
  private let seed: UInt64
  /// (samples, samples): 1 where the column is a candidate of the row.
  private let flags: AlignedBuffer<UInt8>

  /// Whether ``draw(step:)`` changes the sets.
  package var isRandom: Bool { count < committee - 1 }

  /// `count` candidates for each sample; 0 means all other samples. Where samples form committees of
  /// `committee` each, those of a sample's own alone.
  package init(sampleCount: Int, committee: Int? = nil, count: Int, seed: UInt64) {
    let committee = committee ?? sampleCount
    precondition(
      count >= 0 && count < committee && sampleCount % committee == 0,
      "CandidateSets: \(count) others of \(sampleCount) samples in committees of \(committee)")
    self.sampleCount = sampleCount
    self.committee = committee
    self.count = count == 0 ? committee - 1 : count
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
    let others = committee - 1
    for sample in 0..<sampleCount {
      let row = flags.view.slice(sample * sampleCount, sampleCount)
      let random = CounterRandom(seed: seed, purpose: .candidates, major: step, minor: sample)
      for last in others - count..<others {
        let drawn = isRandom ? random.integer(last, below: last + 1) : last
        let other = other(drawn, than: sample)
        row[row[other] == 0 ? other : self.other(last, than: sample)] = 1
      }
    }
  }

  /// The samples of its committee other than `sample`, numbered from 0.
  private func other(_ number: Int, than sample: Int) -> Int {
    let other = sample / committee * committee + number
    return other < sample ? other : other + 1
  }
}
