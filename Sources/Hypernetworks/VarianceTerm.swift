// The variance of the weight vectors as a diversity term.

import Collectives
import Host
import Numerics

/// L_div = -(1/D) sum_k var_k, var_k the biased variance of weight k over the whole minibatch.
///
/// Cost: about 6 N*D/P FLOPs and one reduction of D numbers.
public final class VarianceTerm: @unchecked Sendable {
  private let plan: ShardPlan
  private let weightCount: Int
  private let shardCount: Int
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let reduction: ReproducibleAllReduce<Float>
  private let squareReduction: ReproducibleAllReduce<Double>
  private let shardSums: AlignedBuffer<Float>
  private let means: AlignedBuffer<Float>
  private let squares: AlignedBuffer<Double>
  private let total = AlignedBuffer<Double>(count: 1)
  private var weights: FloatView
  private var gradient: FloatView

  public init(
    plan: ShardPlan, communicator: Communicator, weightCount: Int, pool: WorkerPool,
    clock: PhaseClock
  ) {
    self.plan = plan
    self.weightCount = weightCount
    self.pool = pool
    self.clock = clock
    shardCount = plan.shards(of: communicator.rank).count
    reduction = ReproducibleAllReduce(
      communicator: communicator, plan: plan, capacity: weightCount)
    squareReduction = ReproducibleAllReduce(communicator: communicator, plan: plan, capacity: 1)
    shardSums = AlignedBuffer(count: shardCount * weightCount)
    means = AlignedBuffer(count: weightCount)
    squares = AlignedBuffer(count: shardCount)
    weights = means.view
    gradient = means.view
  }

  /// The term's value; adds its gradient to `gradient`, (local samples, D). Collective.
  public func run(_ weights: FloatView, addingTo gradient: FloatView) throws(CollectiveError)
    -> Double
  {
    self.weights = weights
    self.gradient = gradient
    pool.forEach(shardCount, sumTask)
    clock.mark(.diversity)
    try reduction.sum(
      shards: shardSums.view, stride: weightCount, count: weightCount, into: means.view)
    clock.mark(.communication)
    VectorMath.scale(means.view, by: 1 / Float(plan.sampleCount))
    pool.forEach(shardCount, deviationTask)
    clock.mark(.diversity)
    try squareReduction.sum(shards: squares.view, stride: 1, count: 1, into: total.view)
    clock.mark(.communication)
    return -total[0] / (Double(plan.sampleCount) * Double(weightCount))
  }

  private lazy var sumTask: WorkerPool.Body = { [unowned self] shard, _ in
    let sum = shardSums.view.slice(shard * weightCount, weightCount)
    sum.fill(0)
    for sample in 0..<plan.samplesPerShard {
      VectorMath.add(row(weights, shard, sample), times: 1, to: sum)
    }
  }

  /// Squared deviations from the mean of one shard, and d L_div / d theta = -2 (theta - mean) / (N D).
  private lazy var deviationTask: WorkerPool.Body = { [unowned self] shard, _ in
    let factor = -2 / (Float(plan.sampleCount) * Float(weightCount))
    var square = 0.0
    for sample in 0..<plan.samplesPerShard {
      let theta = row(weights, shard, sample)
      let own = row(gradient, shard, sample)
      for k in 0..<weightCount {
        let deviation = theta[k] - means[k]
        square += Double(deviation) * Double(deviation)
        own[k] += factor * deviation
      }
    }
    squares[shard] = square
  }

  private func row(_ matrix: FloatView, _ shard: Int, _ sample: Int) -> FloatView {
    matrix.slice((shard * plan.samplesPerShard + sample) * weightCount, weightCount)
  }
}
