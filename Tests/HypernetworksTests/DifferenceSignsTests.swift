// Gradients of l1 distances by way of signs.

import Collectives
import Numerics
import Testing

@testable import Hypernetworks

@Suite struct DifferenceSignsTests {
  /// Bit by bit what comes of the numbers themselves, in either direction, equal numbers and zeros of both signs included.
  @Test(arguments: [0, 1, 15, 16, 17, 512, 1_003])
  func signsAreEnough(count: Int) {
    let a = AlignedBuffer<Float>(count: count)
    let b = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: 1, purpose: .test).fillNormal(a.view)
    CounterRandom(seed: 2, purpose: .test).fillNormal(b.view)
    for index in stride(from: 0, to: count, by: 3) { b[index] = a[index] }
    if count > 5 { (a[1], b[1], a[2], b[2]) = (0, -0.0, -0.0, 0) }
    let words = AlignedBuffer<Float>(count: DifferenceSigns.wordCount(count))
    DifferenceSigns.pack(a.view, b.view, into: words.view)
    for (one, other, sign) in [(a.view, b.view, Float(1)), (b.view, a.view, -1)] {
      for c in [Float(0.37), -2.5e-9, 0] {
        let wanted = AlignedBuffer<Float>(count: count)
        let got = AlignedBuffer<Float>(count: count)
        for accumulate in [false, true] {
          DistanceKernels.gradient(
            one, other, times: c, metric: .l1, into: wanted.view, accumulate: accumulate)
          DifferenceSigns.expand(
            words.view, times: sign * c, into: got.view, accumulate: accumulate)
          #expect(
            got.view.array.map { $0.bitPattern & ($0 == 0 ? 0 : .max) }
              == wanted.view.array.map { $0.bitPattern & ($0 == 0 ? 0 : .max) })
        }
      }
    }
  }

  @Test func termsAreListedInTheOrderOfAdditions() throws {
    let plan = try ShardPlan(sampleCount: 4, shardCount: 4, rankCount: 2)
    let distances = AlignedBuffer<Double>(count: 4)
    let neighbours = AlignedBuffer<Int32>(count: 4)
    neighbours.view.copy(from: [2, 2, 0, 2])
    let terms = SignTerms(plan, weightCount: 32)
    terms.update(NearestNeighbours(distances: distances.view, neighbours: neighbours.view))
    #expect((0..<4).map { terms.terms(of: $0) } == [0..<2, 2..<3, 3..<7, 7..<8])
    #expect((0..<8).map { terms.asker(of: $0) } == [0, 2, 1, 2, 0, 1, 3, 3])
    #expect((0..<4).map { terms.own(of: $0) } == [0, 2, 3, 7])
    #expect((0..<4).map { terms.asked(by: $0) } == [4, 5, 1, 6])
    #expect(terms.terms(of: plan.samples(of: 1)) == 3..<8)
    let areFew = terms.areFew
    #expect(areFew)
    // A word for sixteen numbers, rounded up, is not less for one.
    #expect(!SignTerms.areFew(plan, 1) { 3 * plan.samples(of: $0).count })
  }
}
