// What all samples' target networks say of their images, on every rank.

import Collectives
import Numerics

/// The results of a minibatch's samples, which every rank learns and adds up in the same order.
package final class StepResults {
  /// Sums over all samples.
  struct Totals {
    var loss = 0.0
    var correct = 0.0
    /// Of distributions of networks.
    var penalty = 0.0
    /// What any rank asks for.
    var requests: StepRequests = []
  }

  /// Where this rank's results go.
  struct Own: Sendable {
    fileprivate let values: DoubleView

    /// A network's sum of losses, and how many of its images it got right; of the slices of its images that are this rank's, one
    /// behind the other. From any thread.
    func record(_ local: Int, loss: Double, correct: Int) {
      values[columns * local] = loss
      values[columns * local + 1] = Double(correct)
    }

    /// A penalty that counts once, whichever sample it is recorded with. From any thread.
    func record(_ local: Int, penalty: Double) { values[columns * local + 2] = penalty }
  }

  /// Of each rank.
  private let shares: [Share]
  /// Where the results of each sample's slices are, (samples, slices).
  private let places: [Int]
  private let sliceCount: Int
  private let firstSample: Int
  private let rank: Int
  private let gather: AllGather<Double>
  /// What a rank has results of: slices of the images of some samples.
  package struct Share: Sendable {
    let samples: Range<Int>
    let slices: Range<Int>

    var count: Int { samples.count * slices.count }
  }

  /// For each rank its (samples, slices, columns): sum of losses, number right, penalty; and what it asks for.
  private let values: AlignedBuffer<Double>

  convenience init(plan: ShardPlan, communicator: Communicator) {
    self.init(Self.shares(plan), communicator: communicator)
  }

  /// `samples` of each rank, one rank's behind the other's.
  convenience init(samples: [Range<Int>], communicator: Communicator) {
    self.init(samples.map { Share(samples: $0, slices: 0..<1) }, communicator: communicator)
  }

  private init(_ shares: [Share], communicator: Communicator) {
    self.shares = shares
    rank = communicator.rank
    let counts = Self.counts(shares)
    values = AlignedBuffer(count: counts.reduce(0, +))
    gather = AllGather(communicator, counts: counts)
    let sliceCount = shares.map(\.slices.upperBound).max() ?? 1
    self.sliceCount = sliceCount
    let all = shares.map(\.samples).filter { !$0.isEmpty }
    let first = all.map(\.lowerBound).min() ?? 0
    let end = all.map(\.upperBound).max() ?? 0
    firstSample = first
    var places = [Int](repeating: 0, count: sliceCount * (end - first))
    for (rank, share) in shares.enumerated() {
      var place = gather.block(of: rank).lowerBound
      for sample in share.samples {
        for slice in share.slices {
          places[(sample - first) * sliceCount + slice] = place
          place += columns
        }
      }
    }
    self.places = places
  }

  /// Of each rank.
  package static func shares(_ plan: ShardPlan) -> [Share] {
    (0..<plan.rankCount).map {
      Share(samples: plan.imageSamples(of: $0), slices: plan.slices(of: $0))
    }
  }

  /// Numbers of each rank.
  package static func counts(_ shares: [Share]) -> [Int] {
    shares.map { columns * $0.count + 1 }
  }

  var own: Own {
    Own(values: values.view.slice(gather.block(of: rank)))
  }

  /// The sums over all ranks' results, this rank asking for `requests`. Collective.
  func combine(_ requests: StepRequests) throws(CollectiveError) -> Totals {
    let own = own.values
    own[own.count - 1] = Double(requests.rawValue)
    try gather.run(own, into: values.view)
    var totals = Totals()
    for first in stride(from: 0, to: places.count, by: sliceCount) {
      totals.loss += sum(0, first)
      totals.correct += sum(1, first)
      totals.penalty += sum(2, first)
    }
    for rank in shares.indices {
      let asked = values[gather.block(of: rank).upperBound - 1]
      totals.requests.formUnion(StepRequests(gathered: asked))
    }
    return totals
  }

  /// The first sample whose loss is not finite, after ``combine(_:)``.
  var firstWithoutLoss: Int? {
    places.indices.first { !values[places[$0]].isFinite }
      .map { firstSample + $0 / sliceCount }
  }

  /// A column's sum over a sample's slices, whose first one's place is at `first`.
  private func sum(_ column: Int, _ first: Int) -> Double {
    var sum = values[places[first] + column]
    for slice in 1..<sliceCount { sum += values[places[first + slice] + column] }
    return sum
  }
}

private let columns = 3
