// Which signs each rank needs for its samples' gradients.

import Collectives
import Numerics

/// The terms of the entropy's gradient under l1, in the order in which they are added: of each sample i, rank after rank, its own, sign(i - j) with
/// its neighbour j, and then, k ascending, those of samples k whose neighbour it is, sign(k - i). Each pair of a sample and its neighbour so
/// is two terms: 2 N in all.
struct SignTerms: ~Copyable {
  private let plan: ShardPlan
  private let weightCount: Int
  /// (samples): where the term is that a sample is for its neighbour.
  private let asked: AlignedBuffer<Int32>
  /// (samples + 1): where a sample's terms begin.
  private let starts: AlignedBuffer<Int32>
  /// (2 * samples): the sample k of each term.
  private let askers: AlignedBuffer<Int32>

  init(_ plan: ShardPlan, weightCount: Int) {
    self.plan = plan
    self.weightCount = weightCount
    asked = AlignedBuffer(count: plan.sampleCount)
    starts = AlignedBuffer(count: plan.sampleCount + 1)
    askers = AlignedBuffer(count: 2 * plan.sampleCount)
  }

  /// Lists the terms anew. Cost: N * N comparisons.
  func update(_ nearest: NearestNeighbours) {
    var term: Int32 = 0
    for sample in 0..<plan.sampleCount {
      starts[sample] = term
      askers[Int(term)] = Int32(sample)
      term += 1
      for other in 0..<plan.sampleCount where Int(nearest.neighbours[other]) == sample {
        asked[other] = term
        askers[Int(term)] = Int32(other)
        term += 1
      }
    }
    starts[plan.sampleCount] = term
  }

  /// The first of its terms.
  func own(of sample: Int) -> Int { Int(starts[sample]) }
  func asked(by sample: Int) -> Int { Int(asked[sample]) }
  func asker(of term: Int) -> Int { Int(askers[term]) }
  func terms(of sample: Int) -> Range<Int> { Int(starts[sample])..<Int(starts[sample + 1]) }
  /// Those of a rank's samples.
  func terms(of samples: Range<Int>) -> Range<Int> {
    Int(starts[samples.lowerBound])..<Int(starts[samples.upperBound])
  }

  /// Whether no rank receives more words than numbers of gradients, of which each word stands for sixteen.
  var areFew: Bool {
    Self.areFew(plan, weightCount) { terms(of: plan.samples(of: $0)).count }
  }

  /// The same of so many terms of each rank's samples.
  static func areFew(_ plan: ShardPlan, _ weightCount: Int, terms: (_ rank: Int) -> Int) -> Bool {
    (0..<plan.rankCount).allSatisfy { rank in
      terms(rank) * DifferenceSigns.wordCount(weightCount)
        <= plan.samples(of: rank).count * weightCount
    }
  }
}
