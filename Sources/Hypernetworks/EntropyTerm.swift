// The Kozachenko-Leonenko estimate of the weight vectors' entropy.

import Collectives
import Glibc
import Host
import Numerics

/// H = psi(N) - (psi(k) - psi(1)) + (d/N) * sum_i log(eps_i + 1e-8), eps_i the distance of theta_i to its
/// k-th nearest candidate, d the latent's dimensions (Deutsch, Nijkamp, Yang 2019, eq. 13, for k = 1;
/// Kozachenko and Leonenko 1987 for any k); candidates are all other samples of the whole minibatch, or
/// those of the sample's committee, or for each sample and step some random ones of either. Where each has c
/// candidates, psi(c + 1) takes the place of psi(N). Left out at every k: -psi(1) and the log of the unit ball's
/// volume.
///
/// Each sample acts twice in the gradient: as the one asking and as somebody's k-th neighbour.
/// A distance of 0 gives a finite estimate and, by symmetry, a zero gradient.
public final class EntropyTerm {
  /// Under l2, samples nearer than this count as equal: the gradient's coefficient would overflow.
  static let leastDistance = 1e-20

  private let plan: ShardPlan
  private let latentSize: Int
  private let metric: DistanceMetric
  private let neighbour: Int
  private let exchange: any WeightExchange
  private let candidates: CandidateSets
  private let distances: AlignedBuffer<Double>
  private let neighbours: AlignedBuffer<Int32>
  private let coefficients: AlignedBuffer<Float>
  private var nearest: NearestNeighbours {
    NearestNeighbours(distances: distances.view, neighbours: neighbours.view)
  }

  /// Bytes of all weight vectors from which on `auto` prefers slices. Measured (docs/benchmarks/
  /// exchange.md): on 2, 4 and 8 ranks slices take less time from 2.5 to 10 MB on.
  static let slicedBytes = 8 << 20

  /// How `exchange` is resolved: `auto` gathers while all weight vectors together stay below 8 MiB or
  /// there is one rank, and slices above.
  public static func resolve(
    _ exchange: Exchange, rankCount: Int, sampleCount: Int, weightCount: Int
  ) -> Exchange {
    guard exchange == .auto else { return exchange }
    return rankCount == 1 || sampleCount * weightCount * 4 < slicedBytes ? .allgather : .sliced
  }

  /// `candidates` for each sample, drawn with `seed` from its committee of `committee` samples or, without
  /// committees, from all; 0 means all others. `neighbour` is k.
  public init(
    plan: ShardPlan, communicator: Communicator, latentSize: Int, weightCount: Int,
    metric: DistanceMetric, committee: Int? = nil, candidates: Int = 0, neighbour: Int = 1,
    seed: UInt64 = 0,
    exchange: Exchange, pool: WorkerPool, clock: PhaseClock
  ) {
    precondition(plan.sampleCount >= 2, "EntropyTerm: \(plan.sampleCount) sample has no neighbour")
    self.plan = plan
    self.latentSize = latentSize
    self.metric = metric
    self.neighbour = neighbour
    let sets = CandidateSets(
      sampleCount: plan.sampleCount, committee: committee, count: candidates, seed: seed)
    self.candidates = sets
    switch Self.resolve(
      exchange, rankCount: plan.rankCount, sampleCount: plan.sampleCount, weightCount: weightCount)
    {
    case .sliced:
      self.exchange = SlicedExchange(
        plan: plan, communicator: communicator, weightCount: weightCount, metric: metric,
        candidates: sets, neighbour: neighbour, pool: pool, clock: clock)
    case .allgather, .auto:
      self.exchange = GatheredExchange(
        plan: plan, communicator: communicator, weightCount: weightCount, metric: metric,
        candidates: sets, neighbour: neighbour, pool: pool, clock: clock)
    }
    distances = AlignedBuffer(count: plan.sampleCount)
    neighbours = AlignedBuffer(count: plan.sampleCount)
    coefficients = AlignedBuffer(count: plan.sampleCount)
  }

  /// Sets off with this rank's weight vectors, (local samples, D), and the candidates of `step`.
  /// Collective.
  public func start(_ weights: FloatView, step: Int = 0) throws(CollectiveError) {
    if candidates.isRandom { candidates.draw(step: step) }
    try exchange.start(weights)
  }

  /// Lets the exchange move on while other work is done. Local.
  public func progress() throws(CollectiveError) { try exchange.progress() }

  /// Estimates the entropy; adds the gradient of -H to `gradient`, (local samples, D), if there is one.
  /// Collective.
  public func finish(addingTo gradient: FloatView?) throws(CollectiveError) -> DiversityReport {
    try exchange.findNearest(nearest)
    let report = estimate()
    if let gradient {
      try exchange.addGradient(nearest, coefficients: coefficients.view, to: gradient)
    }
    return report
  }

  /// The estimate from the nearest distances; overwrites the gradient's coefficients.
  private func estimate() -> DiversityReport {
    var report = DiversityReport.counting()
    let count = plan.sampleCount
    var estimate = EntropyEstimate(
      latentSize: latentSize, sampleCount: count, candidateCount: candidates.count,
      neighbour: neighbour)
    for sample in 0..<count {
      let squared = distances[sample]
      let distance = metric == .l1 ? squared : squared.squareRoot()
      if !distance.isFinite && report.sampleWithoutDistance == nil {
        report.sampleWithoutDistance = sample
      }
      estimate.add(distance)
      report.nearestMean += distance / Double(count)
      report.nearestMinimum = min(report.nearestMinimum, distance)
      let slope = -Double(latentSize) / Double(count) / (distance + EntropyEstimate.floor)
      coefficients[sample] = Float(
        metric == .l1 ? slope : (distance < Self.leastDistance ? 0 : slope / distance))
    }
    report.entropy = estimate.value
    report.loss = -report.entropy
    return report
  }
}
