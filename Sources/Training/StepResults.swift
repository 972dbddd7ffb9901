// What all samples' target networks say of their images, on every rank.

import Collectives
import Numerics

/// The results of a minibatch's samples, which every rank learns and adds up in the same order.
final class StepResults {
  /// Sums over all samples.
  struct Totals {
    var crossEntropy = 0.0
    var correct = 0.0
    /// Of distributions of networks.
    var penalty = 0.0
    /// What any rank asks for.
    var requests: StepRequests = []
  }

  /// Where this rank's results go.
  struct Own: Sendable {
    fileprivate let values: DoubleView

    /// A network's sum of cross-entropies, and how many of its images it got right. From any thread.
    func record(_ local: Int, crossEntropy: Double, correct: Int) {
      values[columns * local] = crossEntropy
      values[columns * local + 1] = Double(correct)
    }

    /// A penalty that counts once, whichever sample it is recorded with. From any thread.
    func record(_ local: Int, penalty: Double) { values[columns * local + 3] = penalty }
  }

  /// This rank's, and of all ranks.
  private let samples: Range<Int>
  private let sampleCount: Int
  private let gather: AllGather<Double>
  /// (all samples, columns): cross-entropy sum, number right, requests, penalty.
  private let values: AlignedBuffer<Double>

  convenience init(plan: ShardPlan, communicator: Communicator) {
    self.init(samples: (0..<communicator.size).map(plan.samples), communicator: communicator)
  }

  /// `samples` of each rank, one rank's behind the other's.
  init(samples: [Range<Int>], communicator: Communicator) {
    self.samples = samples[communicator.rank]
    sampleCount = samples.last!.upperBound
    values = AlignedBuffer(count: columns * sampleCount)
    gather = AllGather(communicator, counts: samples.map { columns * $0.count })
  }

  var own: Own {
    Own(values: values.view.slice(columns * samples.lowerBound, columns * samples.count))
  }

  /// The sums over all ranks' results, this rank asking for `requests`. Collective.
  func combine(_ requests: StepRequests) throws(CollectiveError) -> Totals {
    let own = own.values
    for local in 0..<samples.count { own[columns * local + 2] = Double(requests.rawValue) }
    try gather.run(own, into: values.view)
    var totals = Totals()
    for sample in 0..<sampleCount {
      totals.crossEntropy += values[columns * sample]
      totals.correct += values[columns * sample + 1]
      totals.penalty += values[columns * sample + 3]
      totals.requests.formUnion(StepRequests(rawValue: Int(values[columns * sample + 2])))
    }
    return totals
  }

  /// The first sample whose cross-entropy is not finite, after ``combine(_:)``.
  var firstWithoutLoss: Int? { (0..<sampleCount).first { !values[columns * $0].isFinite } }
}

private let columns = 4
