// The pairs whose distances a search needs, and the neighbours it finds.

import Hypernetworks
import Numerics
import Testing

@Suite struct DistancePairsTests {
  struct Search: Sendable {
    var samples = 13
    var rows = 0..<13
    var candidates = 0
    var neighbour = 1
  }

  private static let searches = [
    Search(), Search(neighbour: 4), Search(rows: 4..<9), Search(rows: 12..<13, neighbour: 12),
    Search(candidates: 5), Search(candidates: 5, neighbour: 5),
    Search(rows: 2..<6, candidates: 3, neighbour: 2), Search(samples: 2, rows: 1..<2),
  ]

  private func distance(_ a: [Float], _ b: [Float], _ metric: DistanceMetric) -> Double {
    zip(a, b).reduce(0) {
      let difference = Double($1.0) - Double($1.1)
      return $0 + (metric == .l1 ? abs(difference) : difference * difference)
    }
  }

  /// Pairs, distances slice by slice, and k-th nearest neighbours against the obvious; of equals the lower.
  @Test(arguments: searches, DistanceMetric.allCases)
  func againstNaive(search: Search, metric: DistanceMetric) {
    let (samples, width) = (search.samples, 1_317)
    let sets = CandidateSets(sampleCount: samples, count: search.candidates, seed: 7)
    let pairs = DistancePairs(
      rows: search.rows, candidates: sets, neighbour: search.neighbour, metric: metric,
      threadCount: 2)
    let weights = AlignedBuffer<Float>(count: samples * width)
    // Few different numbers, and two samples that are the same.
    let random = CounterRandom(seed: 3, purpose: .test)
    for index in 0..<weights.count { weights[index] = Float(random.integer(index, below: 3)) }
    weights.view.slice((samples - 1) * width, width).copy(from: weights.view.slice(0, width))
    let rows = (0..<samples).map { weights.view.slice($0 * width, width).array }

    for step in [0, 4] {
      if sets.isRandom {
        sets.draw(step: step)
        pairs.update()
      }
      func isSought(_ other: Int, by sample: Int) -> Bool {
        search.rows.contains(sample) && sets.contains(other, of: sample)
      }
      var expected: [Int32] = []
      for i in 0..<samples {
        for j in i + 1..<max(samples, i + 1) where isSought(j, by: i) || isSought(i, by: j) {
          expected += [Int32(i), Int32(j)]
        }
      }
      #expect(pairs.distances.pairs.array == expected)
      #expect(pairs.count == expected.count / 2 && pairs.count <= pairs.capacity)

      let totals = AlignedBuffer<Double>(count: pairs.count)
      let part = AlignedBuffer<Double>(count: pairs.count)
      let columns = WeightColumns(storage: weights.view, columns: 0..<width)
      for (thread, range) in [0..<16, 16..<1_040, 1_040..<width].enumerated() {
        pairs.distances.compute(columns.slice(range), into: part.view, thread: thread % 2)
        for pair in 0..<pairs.count { totals[pair] += part[pair] }
      }
      for pair in 0..<pairs.count {
        let (i, j) = (Int(expected[2 * pair]), Int(expected[2 * pair + 1]))
        // Whole numbers: exact.
        #expect(totals[pair] == distance(rows[i], rows[j], metric))
      }

      let found = AlignedBuffer<Double>(count: samples)
      let neighbours = AlignedBuffer<Int32>(count: samples)
      pairs.choose(
        from: totals.view,
        into: NearestNeighbours(distances: found.view, neighbours: neighbours.view))
      for sample in search.rows {
        let ranked = (0..<samples).filter { sets.contains($0, of: sample) }
          .map { (distance(rows[sample], rows[$0], metric), $0) }.sorted { $0 < $1 }
        let (nearest, number) = ranked[search.neighbour - 1]
        #expect(found[sample] == nearest)
        #expect(Int(neighbours[sample]) == number)
      }
    }
  }

  /// More pairs than are worked on at a time.
  @Test func manyPairs() {
    let (samples, width) = (100, 70)
    let sets = CandidateSets(sampleCount: samples, count: 0, seed: 7)
    let pairs = DistancePairs(
      rows: 0..<samples, candidates: sets, neighbour: 1, metric: .l1, threadCount: 1)
    #expect(pairs.count == 4_950 && pairs.count > PairDistances.longestRun)
    let weights = AlignedBuffer<Float>(count: samples * width)
    for index in 0..<weights.count { weights[index] = Float(index / width) }
    let totals = AlignedBuffer<Double>(count: pairs.count)
    pairs.distances.compute(
      WeightColumns(storage: weights.view, columns: 0..<width).slice(0..<width),
      into: totals.view, thread: 0)
    var pair = 0
    for i in 0..<samples {
      for j in i + 1..<samples {
        #expect(totals[pair] == Double(width * (j - i)))
        pair += 1
      }
    }
  }
}
