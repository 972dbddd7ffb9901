// The entropy estimate and its gradient against their formula, and against known distributions.

import Host
import Hypernetworks
import Kernels
import Numerics
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct EntropyTermTests {
  private func term(
    samples: Int, weights: Int, latentSize: Int, metric: DistanceMetric, committee: Int? = nil,
    candidates: Int = 0, neighbour: Int = 1, exchange: Exchange, shards: Int = 8, threads: Int = 1
  ) throws -> EntropyTerm {
    EntropyTerm(
      plan: try ShardPlan(sampleCount: samples, shardCount: shards, rankCount: 1),
      communicator: .alone, latentSize: latentSize, weightCount: weights, metric: metric,
      committee: committee, candidates: candidates, neighbour: neighbour, seed: Self.seed,
      exchange: exchange,
      pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() },
      clock: PhaseClock())
  }

  /// Seed and step of the candidates' drawing.
  private static let seed: UInt64 = 11
  private static let step = 3

  /// `count` different other samples of `sample` in its committee by their definition: for the last `count` numbers m
  /// of the others a number from 0 to m, or m itself where that number is taken.
  private func naiveCandidates(of sample: Int, count: Int, committee: Int) -> Set<Int> {
    let random = CounterRandom(
      seed: Self.seed, purpose: .candidates, major: Self.step, minor: sample)
    var numbers: Set<Int> = []
    for m in committee - 1 - count..<committee - 1 {
      let drawn = random.integer(m, below: m + 1)
      numbers.insert(numbers.contains(drawn) ? m : drawn)
    }
    let first = sample / committee * committee
    return Set(numbers.map { first + $0 < sample ? first + $0 : first + $0 + 1 })
  }

  private func naiveEntropy(
    _ theta: [Double], samples: Int, weights: Int, latentSize: Int, metric: DistanceMetric,
    committee: Int? = nil, candidates: Int = 0, neighbour: Int = 1
  ) -> Double {
    let committee = committee ?? samples
    var sum = 0.0
    for i in 0..<samples {
      var found: [Double] = []
      let others =
        candidates == 0
        ? Set(0..<samples).filter { $0 / committee == i / committee && $0 != i }
        : naiveCandidates(of: i, count: candidates, committee: committee)
      for j in others {
        var distance = 0.0
        for k in 0..<weights {
          let difference = theta[i * weights + k] - theta[j * weights + k]
          distance += metric == .l1 ? abs(difference) : difference * difference
        }
        found.append(metric == .l1 ? distance : distance.squareRoot())
      }
      sum += log(found.sorted()[neighbour - 1] + 1e-8)
    }
    var psi = -0.57721566490153286
    for k in 1..<(candidates == 0 ? committee : candidates + 1) { psi += 1 / Double(k) }
    for k in 1..<neighbour { psi -= 1 / Double(k) }
    return psi + Double(latentSize) / Double(samples) * sum
  }

  @Test(arguments: DistanceMetric.allCases, [Exchange.allgather, .sliced])
  func valueAndGradientAgainstNaive(metric: DistanceMetric, exchange: Exchange) throws {
    for candidates in [0, 1, 4, 15] {
      try compareWithNaive(metric: metric, exchange: exchange, candidates: candidates)
    }
    for (candidates, neighbour) in [(0, 2), (0, 5), (0, 15), (4, 4), (9, 3)] {
      try compareWithNaive(
        metric: metric, exchange: exchange, candidates: candidates, neighbour: neighbour)
    }
    for (candidates, neighbour) in [(0, 1), (0, 7), (4, 2)] {
      try compareWithNaive(
        metric: metric, exchange: exchange, committee: 8, candidates: candidates,
        neighbour: neighbour)
    }
  }

  private func compareWithNaive(
    metric: DistanceMetric, exchange: Exchange, committee: Int? = nil, candidates: Int,
    neighbour: Int = 1
  ) throws {
    let (samples, weights, latentSize) = (16, 403, 7)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 5, purpose: .test).fillNormal(theta.view)
    let gradient = AlignedBuffer<Float>(count: theta.count)
    gradient.view.fill(0.25)  // the term adds to what is there
    let term = try term(
      samples: samples, weights: weights, latentSize: latentSize, metric: metric,
      committee: committee, candidates: candidates, neighbour: neighbour, exchange: exchange)
    try term.start(theta.view, step: Self.step)
    let report = try term.finish(addingTo: gradient.view)
    let exact = theta.view.array.map(Double.init)
    func entropy(_ theta: [Double]) -> Double {
      naiveEntropy(
        theta, samples: samples, weights: weights, latentSize: latentSize, metric: metric,
        committee: committee, candidates: candidates, neighbour: neighbour)
    }
    #expect(abs(report.entropy - entropy(exact)) <= 1e-5)
    #expect(report.loss == -report.entropy)

    for index in stride(from: 0, to: theta.count, by: 97) {
      let numeric = -CentralDifference.slope(at: exact, index, step: 1e-5, of: entropy)
      #expect(
        abs(Double(gradient[index]) - 0.25 - numeric) <= 1e-5 + 1e-4 * abs(numeric),
        "element \(index): \(gradient[index] - 0.25), numerically \(numeric)")
    }
  }

  @Test(arguments: DistanceMetric.allCases, [(0, 1), (5, 1), (0, 3), (5, 4)])
  func exchangesAndThreadsGiveTheSameBits(
    metric: DistanceMetric, search: (candidates: Int, neighbour: Int)
  ) throws {
    let (samples, weights) = (24, 1_000)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 6, purpose: .test).fillNormal(theta.view)
    var results: [([Float], Double)] = []
    for exchange in [Exchange.allgather, .sliced] {
      for threads in [1, 2] {
        let term = try term(
          samples: samples, weights: weights, latentSize: 30, metric: metric,
          candidates: search.candidates, neighbour: search.neighbour, exchange: exchange,
          threads: threads)
        let gradient = AlignedBuffer<Float>(count: theta.count)
        try term.start(theta.view, step: Self.step)
        let report = try term.finish(addingTo: gradient.view)
        results.append((gradient.view.array, report.entropy))
      }
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
  }

  /// Other steps seek among other samples; among more samples nearer ones are found.
  @Test func candidatesChangeFromStepToStep() throws {
    let (samples, weights) = (32, 100)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 9, purpose: .test).fillNormal(theta.view)
    func nearest(_ candidates: Int, steps: Range<Int>) throws -> [Double] {
      let term = try term(
        samples: samples, weights: weights, latentSize: 3, metric: .l1, candidates: candidates,
        exchange: .allgather)
      return try steps.map { step in
        try term.start(theta.view, step: step)
        return try term.finish(addingTo: nil).nearestMean
      }
    }
    let few = try nearest(4, steps: 0..<6)
    let many = try nearest(16, steps: 0..<6)
    let all = try nearest(0, steps: 0..<2)
    #expect(Set(few).count == few.count)
    #expect(all[0] == all[1])
    #expect(zip(few, many).allSatisfy { $0 > $1 && $1 > all[0] })
    #expect(try nearest(31, steps: 4..<5) == [all[0]])
  }

  @Test func duplicatesStayFinite() throws {
    let theta = AlignedBuffer<Float>(count: 8 * 50)
    theta.view.fill(1)
    for metric in DistanceMetric.allCases {
      let gradient = AlignedBuffer<Float>(count: theta.count)
      let term = try term(
        samples: 8, weights: 50, latentSize: 3, metric: metric, exchange: .allgather)
      try term.start(theta.view)
      let report = try term.finish(addingTo: gradient.view)
      #expect(report.entropy.isFinite)
      #expect(gradient.view.array.allSatisfy { $0 == 0 })
    }
  }

  /// Some samples equal, some nearly so, among others that are not.
  @Test(arguments: DistanceMetric.allCases, [Exchange.allgather, .sliced])
  func duplicatesAmongOthersStayFinite(metric: DistanceMetric, exchange: Exchange) throws {
    let (samples, weights) = (16, 403)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 9, purpose: .test).fillNormal(theta.view)
    for (copy, original) in [(1, 0), (2, 0), (5, 4), (7, 6)] {
      theta.view.slice(copy * weights, weights)
        .copy(from: theta.view.slice(original * weights, weights))
    }
    // So near that the distance's inverse is no Float; l2 sums the last weights in Double.
    theta[4 * weights + weights - 1] = 0
    theta[5 * weights + weights - 1] = 1e-37
    theta[6 * weights] = 0
    theta[7 * weights] = 1e-22
    let term = try term(
      samples: samples, weights: weights, latentSize: 300, metric: metric, exchange: exchange)
    let gradient = AlignedBuffer<Float>(count: theta.count)
    try term.start(theta.view)
    let report = try term.finish(addingTo: gradient.view)
    #expect(report.entropy.isFinite && report.loss.isFinite)
    #expect(report.nearestMinimum == 0)
    #expect(report.sampleWithoutDistance == nil)
    #expect(gradient.view.array.allSatisfy { ($0 * $0).isFinite })
    #expect(gradient.view.array.contains { $0 != 0 })

    theta[3 * weights + 5] = .nan
    try term.start(theta.view)
    let broken = try term.finish(addingTo: gradient.view)
    #expect(!broken.loss.isFinite)
    #expect(broken.sampleWithoutDistance == 3)
  }

  /// With the constants the objective drops, -psi(1) and the log of the unit ball's volume, the
  /// estimate is the differential entropy: 0 for the unit square, log(2 pi e) for a normal
  /// distribution in two dimensions, whichever neighbour counts. Its standard error is at most about
  /// 1.3 / sqrt(N).
  @Test(arguments: DistanceMetric.allCases, [1, 4])
  func knownDistributions(metric: DistanceMetric, neighbour: Int) throws {
    let samples = 4_000
    let ballVolume = metric == .l1 ? 2.0 : Double.pi
    let constants = 0.57721566490153286 + log(ballVolume)
    let theta = AlignedBuffer<Float>(count: samples * 2)
    let random = CounterRandom(seed: 7, purpose: .test)
    for (isNormal, expected) in [(false, 0.0), (true, log(2 * Double.pi * M_E))] {
      if isNormal {
        random.fillNormal(theta.view)
      } else {
        random.fillUniform(theta.view, low: 0, high: 1)
      }
      let term = try term(
        samples: samples, weights: 2, latentSize: 2, metric: metric, neighbour: neighbour,
        exchange: .allgather, shards: 1)
      try term.start(theta.view)
      let entropy = try term.finish(addingTo: nil).entropy + constants
      #expect(abs(entropy - expected) <= 5 * 1.3 / Double(samples).squareRoot())
    }
  }

  /// Gathering on one rank or below 8 MiB of weight vectors, slices from there on.
  @Test func autoChoosesBySize() {
    func chosen(_ exchange: Exchange, ranks: Int, samples: Int, weights: Int) -> Exchange {
      EntropyTerm.resolve(
        exchange, rankCount: ranks, sampleCount: samples, weightCount: weights)
    }
    #expect(chosen(.auto, ranks: 8, samples: 32, weights: 20_018) == .allgather)
    #expect(chosen(.auto, ranks: 2, samples: 32, weights: 65_535) == .allgather)
    #expect(chosen(.auto, ranks: 2, samples: 32, weights: 65_536) == .sliced)
    #expect(chosen(.auto, ranks: 1, samples: 512, weights: 464_154) == .allgather)
    #expect(chosen(.auto, ranks: 2, samples: 32, weights: 464_154) == .sliced)
    for exchange in [Exchange.allgather, .sliced] {
      #expect(chosen(exchange, ranks: 1, samples: 2, weights: 1) == exchange)
      #expect(chosen(exchange, ranks: 8, samples: 512, weights: 464_154) == exchange)
    }
  }

  @Test func orderOfSamplesDoesNotMatter() throws {
    let (samples, weights) = (16, 200)
    let theta = AlignedBuffer<Float>(count: samples * weights)
    CounterRandom(seed: 8, purpose: .test).fillNormal(theta.view)
    let reversed = AlignedBuffer<Float>(count: theta.count)
    for sample in 0..<samples {
      reversed.view.slice(sample * weights, weights)
        .copy(from: theta.view.slice((samples - 1 - sample) * weights, weights))
    }
    var entropies: [Double] = []
    for values in [theta.view, reversed.view] {
      let term = try term(
        samples: samples, weights: weights, latentSize: 5, metric: .l1, exchange: .allgather)
      try term.start(values)
      entropies.append(try term.finish(addingTo: nil).entropy)
    }
    #expect(abs(entropies[0] - entropies[1]) <= 1e-10)
  }
}
