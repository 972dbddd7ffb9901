// The loss of all networks of a step together, as a diversity term.

import Collectives
import Glibc
import Host
import Numerics
import TargetNetworks

/// L_div = -(1/M) sum_m log(q_m + 1e-12), q_m = (1/N) sum_i p_i,m the probability that the networks of
/// all ranks give the label of shared image m on average: the cross-entropy of the ensemble.
///
/// Its gradient is the same for every network: d L_div / d p_i,m[label] = -1 / (M N (q_m + 1e-12)), 0 for
/// other classes. Cost: one reduction of M * classes numbers.
public final class EnsembleTerm {
  static let floor = 1e-12

  private let plan: ShardPlan
  private let imageCount: Int
  private let classCount: Int
  private let shardCount: Int
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let reduction: ReproducibleAllReduce<Float>
  private let shardSums: AlignedBuffer<Float>
  private let sums: AlignedBuffer<Float>
  private var outputCount: Int { imageCount * classCount }

  public init(
    plan: ShardPlan, communicator: Communicator, imageCount: Int, classCount: Int,
    pool: WorkerPool, clock: PhaseClock
  ) {
    self.plan = plan
    self.imageCount = imageCount
    self.classCount = classCount
    self.pool = pool
    self.clock = clock
    shardCount = plan.shards(of: communicator.rank).count
    reduction = ReproducibleAllReduce(
      communicator: communicator, plan: plan, capacity: imageCount * classCount)
    shardSums = AlignedBuffer(count: shardCount * imageCount * classCount)
    sums = AlignedBuffer(count: imageCount * classCount)
  }

  /// The term's value. `outputs` are this rank's networks' probabilities, (local samples, M, classes),
  /// read; `answers`, M classes, read; `gradient`, as `outputs`, is overwritten. Collective.
  public func run(_ outputs: FloatView, answers: AnswerView, gradient: FloatView)
    throws(CollectiveError) -> Double
  {
    guard let labels = answers.classes else {
      preconditionFailure("EnsembleTerm: answers that are no classes")
    }
    pool.forEach(
      shardCount,
      SumShard(
        samplesPerShard: plan.samplesPerShard, width: outputCount, rows: outputs,
        sums: shardSums.view))
    try clock.communicate(
      reduction.sum(
        shards: shardSums.view, stride: outputCount, count: outputCount, into: sums.view))
    let (images, networks) = (Double(imageCount), Double(plan.sampleCount))
    var logarithms = 0.0
    gradient.fill(0)
    for image in 0..<imageCount {
      let place = image * classCount + Int(labels[image])
      let mean = Double(sums[place]) / networks + Self.floor
      logarithms += log(mean)
      let slope = Float(-1 / (images * networks * mean))
      for local in 0..<shardCount * plan.samplesPerShard {
        gradient[local * outputCount + place] = slope
      }
    }
    return -logarithms / images
  }
}
