// The exchange in which every rank receives its slices of all weight vectors.

import Collectives
import TensorCore

/// All-to-all of slices: each rank gets all N samples of its 1/P of the weights, computes its part of
/// all distances and of all gradients, and sends the gradients home.
///
/// Cost a rank: about N*D/P floats sent and received, twice, and one reduction of N*N numbers; memory
/// four buffers of about N*D/P floats; 3/2 N*N*D/P FLOPs.
final class SlicedExchange: WeightExchange, @unchecked Sendable {
  private let plan: ShardPlan
  private let weightCount: Int
  private let metric: DistanceMetric
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let samples: Range<Int>
  private let slices: Range<Int>
  /// This rank's weights, as a range of the D.
  private let columns: Range<Int>
  private let away: AllToAll<Float>
  private let home: AllToAll<Float>
  private let reduction: ReproducibleAllReduce<Double>
  /// Per receiving rank, (local samples, that rank's columns).
  private let packed: AlignedBuffer<Float>
  /// (all samples, own columns)
  private let gathered: AlignedBuffer<Float>
  private let sliceGradients: AlignedBuffer<Float>
  /// (own slices, all samples, all samples)
  private let partials: AlignedBuffer<Double>
  private let distances: AlignedBuffer<Double>

  private var nearest: NearestNeighbours?
  private var coefficients: FloatView

  init(
    plan: ShardPlan, communicator: Communicator, weightCount: Int, metric: DistanceMetric,
    pool: WorkerPool, clock: PhaseClock
  ) {
    self.plan = plan
    self.weightCount = weightCount
    self.metric = metric
    self.pool = pool
    self.clock = clock
    let rank = communicator.rank
    samples = plan.samples(of: rank)
    slices = plan.shards(of: rank)
    columns = Self.columns(of: rank, plan, weightCount)
    let sent = (0..<communicator.size).map {
      plan.samples(of: rank).count * Self.columns(of: $0, plan, weightCount).count
    }
    let width = columns.count
    let received = (0..<communicator.size).map { plan.samples(of: $0).count * width }
    away = AllToAll(communicator, sendCounts: sent, receiveCounts: received)
    home = AllToAll(communicator, sendCounts: received, receiveCounts: sent)
    let pairs = plan.sampleCount * plan.sampleCount
    reduction = ReproducibleAllReduce(communicator: communicator, plan: plan, capacity: pairs)
    packed = AlignedBuffer(count: samples.count * weightCount)
    gathered = AlignedBuffer(count: plan.sampleCount * width)
    sliceGradients = AlignedBuffer(count: plan.sampleCount * width)
    partials = AlignedBuffer(count: slices.count * pairs)
    distances = AlignedBuffer(count: pairs)
    coefficients = packed.view
  }

  /// The run of weights whose slices a rank holds.
  private static func columns(of rank: Int, _ plan: ShardPlan, _ weightCount: Int) -> Range<Int> {
    let slices = plan.shards(of: rank)
    return plan.slice(slices.lowerBound, of: weightCount)
      .lowerBound..<plan.slice(slices.upperBound - 1, of: weightCount).upperBound
  }

  /// Calls `body` with each block of (packed position, local sample, range of the weights).
  private func forEachPackedRow(_ body: (Int, Int, Range<Int>) -> Void) {
    var position = 0
    for rank in 0..<plan.rankCount {
      let range = Self.columns(of: rank, plan, weightCount)
      for local in 0..<samples.count {
        body(position, local, range)
        position += range.count
      }
    }
  }

  func start(_ weights: FloatView) throws(CollectiveError) {
    forEachPackedRow { position, local, range in
      packed.view.slice(position, range.count).copy(
        from: weights.slice(local * weightCount + range.lowerBound, range.count))
    }
    try away.start(packed.view, into: gathered.view)
  }

  func progress() throws(CollectiveError) { try away.progress() }

  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError) {
    clock.mark(.diversity)
    try away.wait()
    clock.mark(.communication)
    pool.forEach(slices.count, partialTask)
    clock.mark(.diversity)
    try reduction.sum(
      shards: partials.view, stride: distances.count, count: distances.count,
      into: distances.view)
    clock.mark(.communication)
    for sample in 0..<plan.sampleCount {
      nearest.choose(
        for: sample, from: distances.view.slice(sample * plan.sampleCount, plan.sampleCount))
    }
    clock.mark(.diversity)
  }

  private lazy var partialTask: WorkerPool.Body = { [unowned self] local, _ in
    let range = plan.slice(slices.lowerBound + local, of: weightCount)
    WeightSlice(
      storage: gathered.view, stride: columns.count, offset: range.lowerBound - columns.lowerBound,
      width: range.count
    ).partialDistances(
      rows: 0..<plan.sampleCount, sampleCount: plan.sampleCount, metric: metric,
      into: partials.view.slice(local * distances.count, distances.count))
  }

  func addGradient(_ nearest: NearestNeighbours, coefficients: FloatView, to gradient: FloatView)
    throws(CollectiveError)
  {
    self.nearest = nearest
    self.coefficients = coefficients
    pool.forEach(plan.sampleCount, gradientTask)
    clock.mark(.diversity)
    try home.run(sliceGradients.view, into: packed.view)
    clock.mark(.communication)
    forEachPackedRow { position, local, range in
      VectorMath.add(
        packed.view.slice(position, range.count), times: 1,
        to: gradient.slice(local * weightCount + range.lowerBound, range.count))
    }
    clock.mark(.diversity)
  }

  private lazy var gradientTask: WorkerPool.Body = { [unowned self] sample, _ in
    let width = columns.count
    WeightSlice(storage: gathered.view, stride: width, offset: 0, width: width).gradient(
      of: sample, nearest!, coefficients: coefficients, metric: metric,
      into: sliceGradients.view.slice(sample * width, width))
  }
}
