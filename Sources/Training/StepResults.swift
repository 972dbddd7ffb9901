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

    /// A network's sum of losses, and how many of its images it got right. From any thread.
    func record(_ local: Int, loss: Double, correct: Int) {
      values[columns * local] = loss
      values[columns * local + 1] = Double(correct)
    }

    /// A penalty that counts once, whichever sample it is recorded with. From any thread.
    func record(_ local: Int, penalty: Double) { values[columns * local + 2] = penalty }
  }

  /// Of each rank.
  private let samples: [Range<Int>]
  private let rank: Int
  private let gather: AllGather<Double>
  /// For each rank its (samples, columns): sum of losses, number right, penalty; and what it asks for.
  private let values: AlignedBuffer<Double>

  convenience init(plan: ShardPlan, communicator: Communicator) {
    self.init(samples: (0..<communicator.size).map(plan.samples), communicator: communicator)
  }

  /// `samples` of each rank, one rank's behind the other's.
  init(samples: [Range<Int>], communicator: Communicator) {
    self.samples = samples
    rank = communicator.rank
    values = AlignedBuffer(count: columns * samples.last!.upperBound + samples.count)
    gather = AllGather(communicator, counts: Self.counts(samples))
  }

  /// Numbers of each rank.
  package static func counts(_ samples: [Range<Int>]) -> [Int] {
    samples.map { columns * $0.count + 1 }
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
    for rank in samples.indices {
      let block = values.view.slice(gather.block(of: rank))
      for local in 0..<samples[rank].count {
        totals.loss += block[columns * local]
        totals.correct += block[columns * local + 1]
        totals.penalty += block[columns * local + 2]
      }
      totals.requests.formUnion(StepRequests(gathered: block[block.count - 1]))
    }
    return totals
  }

  /// The first sample whose loss is not finite, after ``combine(_:)``.
  var firstWithoutLoss: Int? {
    for (rank, samples) in samples.enumerated() {
      let block = values.view.slice(gather.block(of: rank))
      if let local = (0..<samples.count).first(where: { !block[columns * $0].isFinite }) {
        return samples.lowerBound + local
      }
    }
    return nil
  }
}

private let columns = 3
