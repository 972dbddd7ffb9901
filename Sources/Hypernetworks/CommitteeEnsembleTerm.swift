// The loss of each committee's networks together, as a diversity term.

import Collectives
import Glibc
import Host
import Numerics

/// L_div = -(1 / (G M)) sum over g, m of log(q_g,m + 1e-12), q_g,m = (1/c) sum_i p_i,m[label] the mean over the c
/// networks i of committee g, of G = N/c, of the probability of the label of their image m, of M: the mean
/// cross-entropy of the committees.
///
/// d L_div / d p_i,m[label] = -1 / (N M (q_g,m + 1e-12)), 0 for other classes. Members may be on several ranks. Sums are
/// taken over the members in their order, on every rank alike. Cost: an all-gather of N M numbers, as many
/// additions, G M logarithms.
public final class CommitteeEnsembleTerm {
  private let committee: Int
  private let sampleCount: Int
  private let samples: Range<Int>
  private let imageCount: Int
  private let clock: PhaseClock
  private let gather: AllGather<Float>
  /// (samples, images): what each network of all ranks gives the label.
  private let given: AlignedBuffer<Float>

  /// Committees of `committee` samples, which see `imageCount` images each.
  public init(
    plan: ShardPlan, communicator: Communicator, committee: Int, imageCount: Int,
    clock: PhaseClock
  ) {
    precondition(
      plan.sampleCount % committee == 0,
      "CommitteeEnsembleTerm: committees of \(committee) of \(plan.sampleCount) samples")
    self.committee = committee
    self.imageCount = imageCount
    self.clock = clock
    sampleCount = plan.sampleCount
    samples = plan.samples(of: communicator.rank)
    gather = AllGather(communicator, counts: Self.counts(plan, imageCount))
    given = AlignedBuffer(count: plan.sampleCount * imageCount)
  }

  /// Numbers of each rank.
  package static func counts(_ plan: ShardPlan, _ imageCount: Int) -> [Int] {
    (0..<plan.rankCount).map { plan.samples(of: $0).count * imageCount }
  }

  /// The term's value; overwrites the outputs' gradients. Collective.
  public func run(_ outputs: CommitteeOutputs) throws(CollectiveError) -> Double {
    guard let labels = outputs.answers.classes else {
      preconditionFailure("CommitteeEnsembleTerm: answers that are no classes")
    }
    let classCount = labels.count == 0 ? 0 : outputs.statements.count / labels.count
    /// Where the probability of the label of an image lies, images numbered through this rank's samples.
    func place(_ image: Int) -> Int { image * classCount + Int(labels[image]) }
    let own = given.view.slice(samples.lowerBound * imageCount, samples.count * imageCount)
    for image in 0..<own.count { own[image] = outputs.statements[place(image)] }
    try clock.communicate(gather.run(own, into: given.view))
    outputs.gradients.fill(0)
    var logarithms = 0.0
    for first in stride(from: 0, to: sampleCount, by: committee) {
      let members = first..<first + committee
      for image in 0..<imageCount {
        let mean = self.mean(of: members, image)
        logarithms += log(mean)
        let slope = Float(-1 / (Double(sampleCount) * Double(imageCount) * mean))
        for member in members.clamped(to: samples) {
          let own = (member - samples.lowerBound) * imageCount + image
          outputs.gradients[place(own)] = slope
        }
      }
    }
    return -logarithms / Double(sampleCount / committee * imageCount)
  }

  private func mean(of members: Range<Int>, _ image: Int) -> Double {
    var sum = 0.0
    for member in members { sum += Double(given[member * imageCount + image]) }
    return sum / Double(committee) + EnsembleTerm.floor
  }
}
