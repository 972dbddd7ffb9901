// The exchange in which every rank receives all weight vectors.

import Collectives
import Host
import Numerics

/// All-gather of the weight vectors: simple, and memory N*D on each rank. Each rank finds the
/// neighbours of its own samples.
///
/// Cost a rank: N*D floats received; 3 D FLOPs for each pair of samples it needs,
/// at most N*N/P.
package final class GatheredExchange: WeightExchange {
  private let plan: ShardPlan
  private let weightCount: Int
  private let metric: DistanceMetric
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let samples: Range<Int>
  private let gather: AllGather<Float>
  private let gatherNearest: AllGather<Double>
  private let summation: TreeSummation
  private let candidates: CandidateSets
  private let pairs: DistancePairs
  /// All samples' weights; with one rank, that rank's own are used in place.
  private let received: AlignedBuffer<Float>
  /// The weight vectors that a search was started with.
  private var all: FloatView
  /// (slices, pairs)
  private let partials: AlignedBuffer<Double>
  private let distances: AlignedBuffer<Double>
  /// (samples, 2): nearest distance and neighbour.
  private let found: AlignedBuffer<Double>
  /// One gradient a thread.
  private let scratch: AlignedBuffer<Float>

  init(
    plan: ShardPlan, communicator: Communicator, weightCount: Int, metric: DistanceMetric,
    candidates: CandidateSets, neighbour: Int, pool: WorkerPool, clock: PhaseClock
  ) {
    self.plan = plan
    self.weightCount = weightCount
    self.metric = metric
    self.pool = pool
    self.clock = clock
    samples = plan.samples(of: communicator.rank)
    let counts = Self.counts(plan, weightCount)
    gather = AllGather(communicator, counts: counts.weights)
    gatherNearest = AllGather(communicator, counts: counts.nearest)
    summation = TreeSummation(ofLeaves: plan.tree.root)
    received = AlignedBuffer(count: communicator.size == 1 ? 0 : plan.sampleCount * weightCount)
    all = received.view
    self.candidates = candidates
    pairs = DistancePairs(
      rows: samples, candidates: candidates, neighbour: neighbour, metric: metric,
      threadCount: pool.threadCount)
    partials = AlignedBuffer(count: plan.shardCount * pairs.capacity)
    distances = AlignedBuffer(count: pairs.capacity)
    found = AlignedBuffer(count: 2 * plan.sampleCount)
    scratch = AlignedBuffer(count: pool.threadCount * weightCount)
  }

  /// Numbers of each rank: weights, and nearest distances and neighbours.
  package static func counts(_ plan: ShardPlan, _ weightCount: Int) -> (
    weights: [Int], nearest: [Int]
  ) {
    let samples = (0..<plan.rankCount).map { plan.samples(of: $0).count }
    return (samples.map { $0 * weightCount }, samples.map { $0 * 2 })
  }

  func start(_ weights: FloatView) throws(CollectiveError) {
    if plan.rankCount == 1 {
      all = weights
    } else {
      all = received.view
      try clock.communicate(gather.start(weights, into: received.view))
    }
    if candidates.isRandom { pairs.update() }
  }

  func progress() throws(CollectiveError) { try gather.progress() }

  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError) {
    if plan.rankCount > 1 { try clock.communicate(gather.wait()) }
    pool.forEach(
      plan.shardCount,
      PartialDistances(
        distances: pairs.distances, weights: columns, plan: plan, weightCount: weightCount,
        firstSlice: 0, partials: partials.view, stride: pairs.capacity))
    summation.run(
      partials.view, stride: pairs.capacity, into: distances.view.slice(0, pairs.count))
    pairs.choose(from: distances.view, into: nearest)
    guard plan.rankCount > 1 else { return }
    for sample in samples {
      found[2 * sample] = nearest.distances[sample]
      found[2 * sample + 1] = Double(nearest.neighbours[sample])
    }
    try clock.communicate(
      gatherNearest.run(
        found.view.slice(2 * samples.lowerBound, 2 * samples.count), into: found.view))
    for sample in 0..<plan.sampleCount {
      // What is no number of a sample came from a rank that went wrong: the step is skipped.
      let neighbour = Int32(exactly: found[2 * sample + 1])
      nearest.distances[sample] = neighbour == nil ? .nan : found[2 * sample]
      nearest.neighbours[sample] = neighbour ?? Int32(sample)
    }
  }

  func addGradient(_ nearest: NearestNeighbours, coefficients: FloatView, to gradient: FloatView) {
    pool.forEach(
      samples.count,
      AddSampleGradient(
        first: samples.lowerBound, weights: columns.slice(0..<weightCount), metric: metric,
        nearest: nearest, coefficients: coefficients, scratch: scratch.view, gradient: gradient))
  }

  private var columns: WeightColumns { WeightColumns(storage: all, columns: 0..<weightCount) }
}

/// The gradient of one local sample; see ``WeightExchange``.
private struct AddSampleGradient: LoopBody {
  /// The number of local sample 0.
  let first: Int
  let weights: WeightSlice
  let metric: DistanceMetric
  let nearest: NearestNeighbours
  let coefficients: FloatView
  /// For each thread, D.
  let scratch: FloatView
  /// (local samples, D)
  let gradient: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let own = scratch.slice(thread * weights.width, weights.width)
    weights.gradient(
      of: first + local, nearest, coefficients: coefficients, metric: metric, into: own)
    VectorMath.add(own, times: 1, to: gradient.slice(local * weights.width, weights.width))
  }
}
