// The exchange in which every rank receives its slices of all weight vectors.

import Collectives
import Host
import Numerics

/// All-to-all of slices: each rank gets all N samples of its 1/P of the weights, computes its part of
/// all distances and of all gradients, and sends the gradients home, under l1 as signs (``SignExchange``) where these are less.
///
/// Cost a rank: about N*D/P floats sent and received, and again (of signs an eighth), and one reduction of the distances, at most
/// N*N/2 numbers; memory two buffers of about N*D/P floats; 3 D/P FLOPs for each pair of samples needed.
package final class SlicedExchange: WeightExchange {
  private let plan: ShardPlan
  private let weightCount: Int
  private let metric: DistanceMetric
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let samples: Range<Int>
  private let slices: Range<Int>
  private let candidates: CandidateSets
  private let pairs: DistancePairs
  /// This rank's weights, as a range of the D.
  private let columns: Range<Int>
  private let away: AllToAll<Float>
  private let home: AllToAll<Float>
  /// Nil under l2.
  private let signs: SignExchange?
  private let reduction: ReproducibleAllReduce<Double>
  /// Per receiving rank, (local samples, that rank's columns).
  private let packed: AlignedBuffer<Float>
  /// (all samples, own columns): weights, and in the end their gradients.
  private let gathered: AlignedBuffer<Float>
  /// For each thread, (all samples, blockWidth).
  private let blockGradients: AlignedBuffer<Float>
  /// (own slices, pairs)
  private let partials: AlignedBuffer<Double>
  private let distances: AlignedBuffer<Double>

  init(
    plan: ShardPlan, communicator: Communicator, weightCount: Int, metric: DistanceMetric,
    candidates: CandidateSets, neighbour: Int, pool: WorkerPool, clock: PhaseClock
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
    let width = columns.count
    let (sent, received) = Self.counts(of: rank, plan, weightCount)
    away = AllToAll(communicator, sendCounts: sent, receiveCounts: received)
    home = AllToAll(communicator, sendCounts: received, receiveCounts: sent)
    signs =
      metric == .l1 && plan.rankCount > 1
      ? SignExchange(
        plan: plan, communicator: communicator,
        columns: (0..<plan.rankCount).map { Self.columns(of: $0, plan, weightCount) },
        weightCount: weightCount, pool: pool, clock: clock) : nil
    self.candidates = candidates
    pairs = DistancePairs(
      rows: 0..<plan.sampleCount, candidates: candidates, neighbour: neighbour, metric: metric,
      threadCount: pool.threadCount)
    reduction = ReproducibleAllReduce(
      communicator: communicator, plan: plan, capacity: pairs.capacity)
    packed = AlignedBuffer(count: samples.count * weightCount)
    gathered = AlignedBuffer(count: plan.sampleCount * width)
    blockGradients = AlignedBuffer(count: pool.threadCount * plan.sampleCount * Self.blockWidth)
    partials = AlignedBuffer(count: slices.count * pairs.capacity)
    distances = AlignedBuffer(count: pairs.capacity)
  }

  /// Numbers to each rank, and from each, on the way there; home they go the other way.
  package static func counts(of rank: Int, _ plan: ShardPlan, _ weightCount: Int) -> (
    sent: [Int], received: [Int]
  ) {
    (
      (0..<plan.rankCount).map { count(from: rank, to: $0, plan, weightCount) },
      (0..<plan.rankCount).map { count(from: $0, to: rank, plan, weightCount) }
    )
  }

  /// Numbers, or words, from one rank to another on the way home, where each rank's samples have so many `terms`: one each, and one for each sample
  /// whose nearest neighbour they are; nil: each is that of one.
  package static func homeCounts(
    _ plan: ShardPlan, _ weightCount: Int, _ metric: DistanceMetric, terms: [Int]?
  ) -> (_ sender: Int, _ receiver: Int) -> Int {
    func count(_ rank: Int) -> Int { terms?[rank] ?? 2 * plan.samples(of: rank).count }
    guard metric == .l1 && SignTerms.areFew(plan, weightCount, terms: count) else {
      return { Self.count(from: $1, to: $0, plan, weightCount) }
    }
    return {
      count($1) * DifferenceSigns.wordCount(columns(of: $0, plan, weightCount).count)
    }
  }

  /// Numbers from one rank to another on the way there.
  package static func count(
    from sender: Int, to receiver: Int, _ plan: ShardPlan, _ weightCount: Int
  )
    -> Int
  {
    plan.samples(of: sender).count * columns(of: receiver, plan, weightCount).count
  }

  /// The run of weights whose slices a rank holds.
  private static func columns(of rank: Int, _ plan: ShardPlan, _ weightCount: Int) -> Range<Int> {
    plan.slices(plan.shards(of: rank), of: weightCount)
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
    try clock.communicate(away.start(packed.view, into: gathered.view))
    if candidates.isRandom { pairs.update() }
  }

  func progress() throws(CollectiveError) { try away.progress() }

  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError) {
    try clock.communicate(away.wait())
    pool.forEach(
      slices.count,
      PartialDistances(
        distances: pairs.distances,
        weights: WeightColumns(storage: gathered.view, columns: columns), plan: plan,
        weightCount: weightCount, firstSlice: slices.lowerBound, partials: partials.view,
        stride: pairs.capacity))
    try clock.communicate(
      reduction.sum(
        shards: partials.view, stride: pairs.capacity, count: pairs.count,
        into: distances.view.slice(0, pairs.count)))
    pairs.choose(from: distances.view, into: nearest)
  }

  func addGradient(_ nearest: NearestNeighbours, coefficients: FloatView, to gradient: FloatView)
    throws(CollectiveError)
  {
    if let signs, signs.takes(nearest) {
      return try signs.run(
        nearest, weights: gathered.view, coefficients: coefficients, incoming: packed.view,
        to: gradient)
    }
    pool.forEach(
      (columns.count + Self.blockWidth - 1) / Self.blockWidth,
      GradientOfColumns(
        sampleCount: plan.sampleCount, columnCount: columns.count, blockWidth: Self.blockWidth,
        weights: gathered.view, metric: metric, nearest: nearest, coefficients: coefficients,
        scratch: blockGradients.view))
    try clock.communicate(home.run(gathered.view, into: packed.view))
    forEachPackedRow { position, local, range in
      VectorMath.add(
        packed.view.slice(position, range.count), times: 1,
        to: gradient.slice(local * weightCount + range.lowerBound, range.count))
    }
  }

  /// Columns of a block of gradients: the block of 512 samples fills half a second-level cache.
  private static let blockWidth = 512
}

/// Puts the gradient of a block of columns of all samples in the weights' place. A gradient's column depends on that
/// column of the weights alone, so the block is worked out aside first.
private struct GradientOfColumns: LoopBody {
  let sampleCount: Int
  let columnCount: Int
  let blockWidth: Int
  /// (samples, columns), read and overwritten.
  let weights: FloatView
  let metric: DistanceMetric
  let nearest: NearestNeighbours
  let coefficients: FloatView
  /// For each thread, (samples, blockWidth).
  let scratch: FloatView

  func callAsFunction(_ block: Int, _ thread: Int) {
    let offset = block * blockWidth
    let width = min(blockWidth, columnCount - offset)
    let slice = WeightSlice(storage: weights, stride: columnCount, offset: offset, width: width)
    let gradients = scratch.slice(thread * sampleCount * blockWidth, sampleCount * width)
    for sample in 0..<sampleCount {
      slice.gradient(
        of: sample, nearest, coefficients: coefficients, metric: metric,
        into: gradients.slice(sample * width, width))
    }
    for sample in 0..<sampleCount {
      slice.row(sample).copy(from: gradients.slice(sample * width, width))
    }
  }
}
