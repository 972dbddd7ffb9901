// Nearest distances found block by block against training's own search, which has all networks in memory.

import Host
import Hypernetworks
import Numerics
import Testing

@testable import Evaluation

@Suite struct NearestNetworksTests {
  /// Networks of normally distributed weights. Number 3 is the same as number 1 where there are that many.
  static func networks(_ count: Int, weightCount: Int) -> GeneratedNetworks {
    let all = SharedBuffer<Float>(count: count * weightCount)
    CounterRandom(seed: 5, purpose: .test).fillNormal(all.view)
    return GeneratedNetworks(count: count, weightCount: weightCount) { network, _, weights in
      let source = network == 3 ? 1 : network
      weights.copy(from: all.view.slice(source * weightCount, weightCount))
    }
  }

  /// The entropy as one rank finds it with all weight vectors together, in training's way.
  static func entropyOfAll(
    _ networks: GeneratedNetworks, latentSize: Int, metric: DistanceMetric, pool: WorkerPool
  ) throws -> Double {
    let all = SharedBuffer<Float>(count: networks.count * networks.weightCount)
    _ = NetworkBlock(0..<networks.count, of: networks, in: all, pool: pool)
    let shardCount = (1...8).last { networks.count % $0 == 0 }!
    let term = EntropyTerm(
      plan: try ShardPlan(sampleCount: networks.count, shardCount: shardCount, rankCount: 1),
      communicator: .alone, latentSize: latentSize, weightCount: networks.weightCount,
      metric: metric, exchange: .allgather, pool: pool, clock: PhaseClock())
    try term.start(all.view)
    return try term.finish(addingTo: nil).entropy
  }

  /// The same, block by block, as so many ranks would find it.
  static func entropyByBlocks(
    _ search: NearestNetworks, ranks: Int, latentSize: Int
  ) throws -> Double {
    let count = search.source.count
    let nearest = AlignedBuffer<Double>(count: count)
    nearest.view.fill(.infinity)
    for rank in 0..<ranks {
      let rows = rank * count / ranks..<(rank + 1) * count / ranks
      let storage = SharedBuffer<Float>(
        count: search.blockSize(rows.count) * search.source.weightCount)
      let kept = try search.search(rows: rows, in: storage, nearest: nearest.view)
      #expect(kept.networks.lowerBound == rows.lowerBound)
      #expect(kept.networks.count == search.blockSize(rows.count))
    }
    return NearestNetworks.entropy(
      ofNearest: nearest.view, metric: search.metric, latentSize: latentSize)
  }

  @Test(arguments: [DistanceMetric.l1, .l2])
  func anyBlocksGiveTheBitsOfAllTogether(metric: DistanceMetric) throws {
    for threads in [1, 3] {
      let pool = WorkerPool(threadCount: threads)
      for (count, weightCount) in [(2, 700), (3, 100), (8, 1_777), (35, 645)] {
        let networks = Self.networks(count, weightCount: weightCount)
        let expected = try Self.entropyOfAll(
          networks, latentSize: 9, metric: metric, pool: pool)
        for (ranks, rowsOfBlock) in [(1, 1_000), (1, 5), (3, 4), (40, 2)] {
          var search = NearestNetworks(
            source: networks, metric: metric, pool: pool, pulse: Pulse())
          search.blockBytes = rowsOfBlock * weightCount * 4
          search.otherBytes = 3 * weightCount * 4
          let found = try Self.entropyByBlocks(search, ranks: ranks, latentSize: 9)
          #expect(
            found == expected,
            "\(count) networks, \(ranks) ranks, blocks of \(rowsOfBlock), \(threads) threads")
        }
      }
    }
  }

  /// One block's memory serves all blocks, and a network that is kept is not made again.
  @Test func keepsAsManyNetworksAsItMayAndGeneratesTheRest() throws {
    let pool = WorkerPool(threadCount: 1)
    let made = Counter()
    let random = Self.networks(20, weightCount: 64)
    let source = GeneratedNetworks(count: 20, weightCount: 64) { network, thread, weights in
      made.count()
      random.generate(network, thread, weights)
    }
    var search = NearestNetworks(source: source, metric: .l2, pool: pool, pulse: Pulse())
    #expect(search.blockSize(20) == 20)
    search.blockBytes = 6 * 64 * 4 + 100
    #expect(search.blockSize(20) == 6 && search.blockSize(4) == 4)
    search.blockBytes = 1
    #expect(search.blockSize(20) == 1)

    search.blockBytes = 1 << 20
    let storage = SharedBuffer<Float>(count: 20 * 64)
    let nearest = AlignedBuffer<Double>(count: 20)
    let block = try search.search(rows: 0..<20, in: storage, nearest: nearest.view)
    #expect(made.value == 20)
    let weights = SharedBuffer<Float>(count: 64)
    let expected = SharedBuffer<Float>(count: 64)
    block.fill(7, 0, weights.view)
    #expect(made.value == 20)
    random.generate(7, 0, expected.view)
    #expect(weights.view.array == expected.view.array)
  }

  @Test func aDistanceThatIsNotANumberMakesTheEntropyNone() throws {
    let pool = WorkerPool(threadCount: 2)
    let random = Self.networks(12, weightCount: 40)
    let source = GeneratedNetworks(count: 12, weightCount: 40) { network, thread, weights in
      random.generate(network, thread, weights)
      if network == 5 { weights[17] = .nan }
    }
    let search = NearestNetworks(source: source, metric: .l1, pool: pool, pulse: Pulse())
    #expect(try Self.entropyByBlocks(search, ranks: 2, latentSize: 3).isNaN)
    #expect(
      try Self.entropyOfAll(source, latentSize: 3, metric: .l1, pool: pool).isNaN)
  }
}
