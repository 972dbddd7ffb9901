// The exchange in which every rank receives all weight vectors.

import Collectives
import Host
import Numerics

/// All-gather of the weight vectors: simple, and memory N*D on each rank. Each rank finds the
/// neighbours of its own samples.
///
/// Cost a rank: N*D floats received; 3 D FLOPs for each pair of samples it needs,
/// at most N*N/P.
final class GatheredExchange: WeightExchange, @unchecked Sendable {
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
  private var all: FloatView
  /// (slices, pairs)
  private let partials: AlignedBuffer<Double>
  private let distances: AlignedBuffer<Double>
  /// (samples, 2): nearest distance and neighbour.
  private let found: AlignedBuffer<Double>
  /// One gradient a thread.
  private let scratch: AlignedBuffer<Float>

  private var nearest: NearestNeighbours?
  private var coefficients: FloatView
  private var gradient: FloatView

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
    let counts = (0..<communicator.size).map { plan.samples(of: $0).count }
    gather = AllGather(communicator, counts: counts.map { $0 * weightCount })
    gatherNearest = AllGather(communicator, counts: counts.map { $0 * 2 })
    summation = TreeSummation(ofLeaves: plan.tree.root)
    received = AlignedBuffer(count: communicator.size == 1 ? 0 : plan.sampleCount * weightCount)
    all = received.view
    self.candidates = candidates
    pairs = DistancePairs(
      rows: samples, candidates: candidates, neighbour: neighbour, threadCount: pool.threadCount)
    partials = AlignedBuffer(count: plan.shardCount * pairs.capacity)
    distances = AlignedBuffer(count: pairs.capacity)
    found = AlignedBuffer(count: 2 * plan.sampleCount)
    scratch = AlignedBuffer(count: pool.threadCount * weightCount)
    coefficients = scratch.view
    gradient = scratch.view
  }

  func start(_ weights: FloatView) throws(CollectiveError) {
    if plan.rankCount == 1 {
      all = weights
    } else {
      try gather.start(weights, into: received.view)
    }
    clock.mark(.communication)
    if candidates.isRandom { pairs.update() }
    clock.mark(.diversity)
  }

  func progress() throws(CollectiveError) { try gather.progress() }

  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError) {
    clock.mark(.diversity)
    if plan.rankCount > 1 { try gather.wait() }
    clock.mark(.communication)
    pool.forEach(plan.shardCount, partialTask)
    summation.run(
      partials.view, stride: pairs.capacity, into: distances.view.slice(0, pairs.count))
    pairs.choose(from: distances.view, into: nearest)
    guard plan.rankCount > 1 else { return }
    for sample in samples {
      found[2 * sample] = nearest.distances[sample]
      found[2 * sample + 1] = Double(nearest.neighbours[sample])
    }
    clock.mark(.diversity)
    try gatherNearest.run(
      found.view.slice(2 * samples.lowerBound, 2 * samples.count), into: found.view)
    clock.mark(.communication)
    for sample in 0..<plan.sampleCount {
      nearest.distances[sample] = found[2 * sample]
      nearest.neighbours[sample] = Int32(found[2 * sample + 1])
    }
  }

  private lazy var partialTask: WorkerPool.Body = { [unowned self] slice, thread in
    let range = plan.slice(slice, of: weightCount)
    pairs.partialDistances(
      WeightSlice(
        storage: all, stride: weightCount, offset: range.lowerBound, width: range.count),
      metric: metric, into: partials.view.slice(slice * pairs.capacity, pairs.capacity),
      thread: thread)
  }

  func addGradient(_ nearest: NearestNeighbours, coefficients: FloatView, to gradient: FloatView) {
    self.nearest = nearest
    self.coefficients = coefficients
    self.gradient = gradient
    pool.forEach(samples.count, gradientTask)
    clock.mark(.diversity)
  }

  private lazy var gradientTask: WorkerPool.Body = { [unowned self] local, thread in
    let own = scratch.view.slice(thread * weightCount, weightCount)
    WeightSlice(storage: all, stride: weightCount, offset: 0, width: weightCount).gradient(
      of: samples.lowerBound + local, nearest!, coefficients: coefficients, metric: metric,
      into: own)
    VectorMath.add(own, times: 1, to: gradient.slice(local * weightCount, weightCount))
  }
}
