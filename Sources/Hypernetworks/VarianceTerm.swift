// The variance of the weight vectors as a diversity term.

import Collectives
import Host
import Numerics

/// L_div = -(1/D) sum_k var_k, var_k the biased variance of weight k over the whole minibatch.
///
/// Cost: about 6 N*D/P FLOPs and one reduction of D numbers.
public final class VarianceTerm {
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
  }

  /// The term's value; adds its gradient to `gradient`, (local samples, D). Collective.
  public func run(_ weights: FloatView, addingTo gradient: FloatView) throws(CollectiveError)
    -> Double
  {
    pool.forEach(
      shardCount,
      SumShard(
        samplesPerShard: plan.samplesPerShard, width: weightCount, rows: weights,
        sums: shardSums.view))
    try clock.communicate(
      reduction.sum(
        shards: shardSums.view, stride: weightCount, count: weightCount, into: means.view))
    VectorMath.scale(means.view, by: 1 / Float(plan.sampleCount))
    pool.forEach(
      shardCount,
      DeviationsOfShard(
        sampleCount: plan.sampleCount, samplesPerShard: plan.samplesPerShard, means: means.view,
        weights: weights, gradient: gradient, squares: squares.view))
    try clock.communicate(
      squareReduction.sum(shards: squares.view, stride: 1, count: 1, into: total.view))
    return -total[0] / (Double(plan.sampleCount) * Double(weightCount))
  }
}

/// Squared deviations from the mean of one shard, and d L_div / d theta = -2 (theta - mean) / (N D).
private struct DeviationsOfShard: LoopBody {
  let sampleCount: Int
  let samplesPerShard: Int
  /// D
  let means: FloatView
  /// (local samples, D)
  let weights: FloatView
  let gradient: FloatView
  /// One a local shard.
  let squares: DoubleView

  func callAsFunction(_ shard: Int, _ thread: Int) {
    let weightCount = means.count
    let factor = -2 / (Float(sampleCount) * Float(weightCount))
    var square = 0.0
    for sample in shard * samplesPerShard..<(shard + 1) * samplesPerShard {
      let theta = weights.slice(sample * weightCount, weightCount)
      let own = gradient.slice(sample * weightCount, weightCount)
      for k in 0..<weightCount {
        let deviation = theta[k] - means[k]
        square += Double(deviation) * Double(deviation)
        own[k] += factor * deviation
      }
    }
    squares[shard] = square
  }
}
