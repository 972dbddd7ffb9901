// What may not reach the optimizer.

import Host
import Numerics
import Testing
import Training

@Suite struct GradientCheckTests {
  /// More than two pieces, and no whole number of vectors.
  private static let count = 150_003

  private static func ones() -> AlignedBuffer<Float> {
    let values = AlignedBuffer<Float>(count: count)
    values.view.fill(1)
    return values
  }

  @Test(arguments: [1, 3]) func finiteSquaresPass(threads: Int) {
    let values = Self.ones()
    for (index, value) in [
      Float(0), -0, 1.8e19, -1.8e19, .leastNonzeroMagnitude, -.leastNormalMagnitude,
    ].enumerated() {
      values[20_000 * index] = value
    }
    let check = GradientCheck(count: Self.count, pool: WorkerPool(threadCount: threads))
    #expect(check.passes(values.view))
    let nothing = GradientCheck(count: 0, pool: WorkerPool(threadCount: threads))
    #expect(nothing.passes(values.view.slice(0, 0)))
  }

  /// Wherever it lies: first and last of a vector, of a piece, and behind the last whole vector. A refusal is of
  /// that gradient alone.
  @Test(arguments: [
    Float.nan, -.nan, .infinity, -.infinity, 1.9e19, -1.9e19, .greatestFiniteMagnitude,
  ])
  func oneNumberIsEnough(value: Float) {
    let check = GradientCheck(count: Self.count, pool: WorkerPool(threadCount: 2))
    let values = Self.ones()
    for index in [0, 15, 16, 65_535, 65_536, 131_071, 149_999, 150_000, 150_002] {
      values[index] = value
      #expect(!check.passes(values.view), "\(value) at \(index)")
      values[index] = 1
      #expect(check.passes(values.view), "after \(value) at \(index)")
    }
  }

  /// What others look at is theirs.
  @Test func looksAtItsRangesAlone() {
    let ranges = [5..<17, 100..<100, 70_000..<140_001]
    let check = GradientCheck(
      count: Self.count, ranges: ranges, pool: WorkerPool(threadCount: 2))
    let values = Self.ones()
    for index in [0, 4, 5, 16, 17, 100, 69_999, 70_000, 140_000, 140_001, 150_002] {
      values[index] = .nan
      #expect(check.passes(values.view) == !ranges.contains { $0.contains(index) }, "\(index)")
      values[index] = 1
    }
  }

  /// Every length and place of a vector and what is behind it.
  @Test func hasFiniteSquares() {
    let values = AlignedBuffer<Float>(count: 40)
    for count in 0...40 {
      #expect(GradientCheck.hasFiniteSquares(values.view.slice(0, count)))
      for index in 0..<count {
        values[index] = .nan
        #expect(!GradientCheck.hasFiniteSquares(values.view.slice(0, count)))
        values[index] = 0
      }
    }
  }
}
