// The mean and spread of iterates.

import Numerics
import Testing

@testable import Baselines

@Suite struct IterateMomentsTests {
  @Test func momentsOfWhatIsTaken() {
    let (count, rank) = (37, 3)
    let moments = IterateMoments(first: 4, every: 2, deviationCount: rank, weightCount: count)
    let weights = SharedBuffer<Float>(count: count)
    var taken: [[Double]] = []
    var deviations: [[Double]] = []
    for step in 1...15 {
      CounterRandom(seed: 1, purpose: .test, major: step).fillNormal(weights.view)
      moments.take(weights.view, step: step)
      guard [6, 8, 10, 12, 14].contains(step) else { continue }
      taken.append(weights.view.array.map(Double.init))
      let mean = (0..<count).map { i in taken.reduce(0) { $0 + $1[i] } / Double(taken.count) }
      deviations.append((0..<count).map { taken.last![$0] - mean[$0] })
    }
    #expect(moments.count == 5)
    for index in 0..<count {
      let mean = taken.reduce(0) { $0 + $1[index] } / 5
      let square = taken.reduce(0) { $0 + $1[index] * $1[index] } / 5
      #expect(abs(Double(moments.mean.view[index]) - mean) <= 1e-6)
      #expect(abs(Double(moments.meanSquare.view[index]) - square) <= 1e-6)
      // Iterates 3, 4 and 2 lie in the rows of their numbers modulo 3.
      for number in 2..<5 {
        let kept = Double(moments.deviations.view[number % rank * count + index])
        #expect(abs(kept - deviations[number][index]) <= 1e-6)
      }
    }
    #expect(moments.state.map(\.name) == ["mean", "mean_square", "deviations", "averaged"])
    let alone = IterateMoments(first: 0, every: 1, deviationCount: 0, weightCount: count)
    alone.take(weights.view, step: 1)
    #expect(alone.mean.view.array == weights.view.array)
    #expect(alone.state.map(\.name) == ["mean", "averaged"])
  }
}
