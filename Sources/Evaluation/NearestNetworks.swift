// How near each generated network's nearest other one is, with few of them in memory.

import Host
import Hypernetworks
import Numerics

/// The search for each network's nearest distance among all others, block by block: a rank keeps a block of its
/// own networks at a time and generates the others beside it, a few at a time, dividing the pairs with the other
/// ranks. Nothing is exchanged but the nearest distances found.
///
/// Row i is compared with the N/2 networks behind it, counted round, so that each pair comes up and each rank
/// has as many. Cost for N networks of D weights on P ranks: 3 D N^2 / (2 P) FLOPs, and N^2 / (2 P B) generated networks with
/// blocks of B. Memory a rank: B D floats, at most `blockBytes`, and at most `otherBytes` or one network a thread.
struct NearestNetworks: Sendable {
  let source: GeneratedNetworks
  let metric: DistanceMetric
  let pool: WorkerPool
  let pulse: Pulse
  var blockBytes = 512 << 20
  var otherBytes = 64 << 20

  /// Networks compared with a block at a time, by one thread.
  private static let mostOthers = 16

  private var count: Int { source.count }
  private var networkBytes: Int { source.weightCount * MemoryLayout<Float>.stride }

  /// Rows of a block, where there are `rowCount`.
  func blockSize(_ rowCount: Int) -> Int { min(rowCount, max(1, blockBytes / networkBytes)) }

  /// Lowers `nearest` (N) to the distances, under l2 squared, of the pairs that the networks `rows` are in charge
  /// of; where one is not a number it becomes -1, less than any. Returns the first block of the rows, which
  /// `storage`, of ``blockSize(_:)`` networks, holds then.
  func search(rows: Range<Int>, in storage: SharedBuffer<Float>, nearest: DoubleView) throws
    -> NetworkBlock
  {
    let size = max(1, blockSize(rows.count))
    let starts = stride(from: rows.lowerBound, to: rows.upperBound, by: size)
    var block = NetworkBlock(rows.lowerBound..<rows.lowerBound, of: source, in: storage, pool: pool)
    let found = (0..<pool.threadCount).map { _ in SharedBuffer<Double>(count: count) }
    for own in found { own.view.fill(.infinity) }
    let shardCount = (1...8).last { count % $0 == 0 }!
    let plan = try ShardPlan(sampleCount: count, shardCount: shardCount, rankCount: 1)
    let tiles = found.map { _ in DistanceTile(plan: plan, metric: metric) }
    // The first block last, so that it is what remains.
    for start in starts.reversed() {
      block = NetworkBlock(
        start..<min(rows.upperBound, start + size), of: source, in: storage, pool: pool)
      compare(block, tiles, found)
    }
    for own in found {
      for network in 0..<count { nearest[network] = min(nearest[network], own.view[network]) }
    }
    return block
  }

  /// The Kozachenko-Leonenko estimate from what the ranks' searches found together, each network's nearest
  /// distance among all others.
  static func entropy(ofNearest nearest: DoubleView, metric: DistanceMetric, latentSize: Int)
    -> Double
  {
    var estimate = EntropyEstimate(
      latentSize: latentSize, sampleCount: nearest.count, candidateCount: nearest.count - 1)
    for network in 0..<nearest.count {
      let distance = nearest[network] < 0 ? .nan : nearest[network]
      estimate.add(metric == .l1 ? distance : distance.squareRoot())
    }
    return estimate.value
  }

  /// Compares a block's networks with those behind them.
  private func compare(
    _ block: NetworkBlock, _ tiles: [DistanceTile], _ found: [SharedBuffer<Double>]
  ) {
    guard count > 1 else { return }
    let reach = count / 2
    let columns = block.networks.lowerBound + 1..<block.networks.upperBound + reach
    let width = max(
      1,
      min(
        Self.mostOthers, otherBytes / (pool.threadCount * networkBytes),
        columns.count / (4 * pool.threadCount)))
    let scratch = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: width * source.weightCount)
    }
    pool.forEach((columns.count + width - 1) / width) { group, thread in
      let first = columns.lowerBound + group * width
      let others = first..<min(columns.upperBound, first + width)
      let weights = others.map { number -> FloatView in
        if let kept = block.weights(of: number % count) { return kept }
        let own = scratch[thread].view.slice(
          (number - first) * source.weightCount, source.weightCount)
        source.generate(number % count, thread, own)
        return own
      }
      let rows =
        max(
          block.networks.lowerBound, first - reach)..<min(
          block.networks.upperBound, others.upperBound - 1)
      let nearest = found[thread].view
      tiles[thread].forEachDistance(
        rowCount: rows.count, row: { block.weights(of: rows.lowerBound + $0)! }, to: weights
      ) { row, other, distance in
        let (a, b) = (rows.lowerBound + row, others.lowerBound + other)
        guard a != b % count else { return }
        let known = distance.isNaN ? -1 : distance
        nearest[a] = min(nearest[a], known)
        nearest[b % count] = min(nearest[b % count], known)
      }
      pulse.beat()
    }
  }
}
