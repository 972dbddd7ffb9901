// Sums and products of vectors, at lengths around the sixteen lanes.

import Glibc
import Numerics
import TestSupport
import Testing

@Suite struct VectorMathTests {
  static let lengths = [0, 1, 15, 16, 17, 31, 32, 503]

  private func buffer(_ values: [Double]) -> SharedBuffer<Float> {
    let buffer = SharedBuffer<Float>(count: values.count)
    buffer.view.copy(from: values)
    return buffer
  }

  /// Sums that are exact in single precision, whatever their order.
  @Test(arguments: lengths) func sumsAreThoseOfTheFormula(count: Int) {
    let (a, b) = (TestData.exact(count, stream: 1), TestData.exact(count, stream: 2))
    let (x, y) = (buffer(a), buffer(b))
    #expect(Double(VectorMath.dot(x.view, y.view)) == zip(a, b).map { $0 * $1 }.reduce(0, +))
    #expect(Double(VectorMath.sumOfSquares(x.view)) == a.map { $0 * $0 }.reduce(0, +))
  }

  @Test(arguments: lengths) func vectorsAreScaledAndAdded(count: Int) {
    let (a, b) = (TestData.exact(count, stream: 3), TestData.exact(count, stream: 4))
    let (x, y) = (buffer(a), buffer(b))
    VectorMath.add(x.view, times: -0.5, to: y.view)
    #expect(y.view.doubles == zip(a, b).map { $1 - 0.5 * $0 })
    VectorMath.scale(x.view, by: 4)
    #expect(x.view.doubles == a.map { 4 * $0 })
  }

  /// Lane k is added to k + 8 first, then to k + 4, k + 2 and k + 1: large numbers that cancel in this order leave the small one.
  @Test(arguments: [8, 4, 2]) func lanesAreSummedPairwise(apart: Int) {
    var lanes = SIMD16<Float>.zero
    (lanes[0], lanes[apart], lanes[1]) = (1e8, -1e8, 1)
    #expect(VectorMath.sum(lanes) == 1)
  }

  @Test func wholePowersAreExactWhereTheyCanBe() {
    #expect(power(0.5, 0) == 1)
    #expect(power(3, 13) == 1_594_323)
    #expect(power(-2, 31) == -2_147_483_648)
    #expect(abs(power(0.99998, 100_000) / 0.135_332_576_521_654_92 - 1) <= 1e-11)
  }

  @Test func squareRootsAreThoseOfNumbers() {
    let numbers = SIMD16<Float>((0..<16).map { 0.1 + 1.7 * Float($0 * $0) })
    let roots = VectorMath.squareRoot(numbers)
    for lane in 0..<16 { #expect(roots[lane] == numbers[lane].squareRoot()) }
  }

  @Test(arguments: lengths) func exponentials(count: Int) {
    let numbers = (0..<count).map { -87 + 175 * Float($0) / Float(max(1, count - 1)) }
    let x = buffer(numbers.map(Double.init))
    VectorMath.exponentiate(x.view)
    for index in 0..<count {
      #expect(abs(Double(x.view[index]) / exp(Double(numbers[index])) - 1) <= 3e-7)
    }
    let edges = VectorMath.exponential(
      SIMD16(0, 1, -1, 1000, -1000, .nan, .infinity, -.infinity, 0, 0, 0, 0, 0, 0, 0, 0))
    #expect(edges[0] == 1 && edges[3] == .infinity && edges[5].isNaN && edges[6] == .infinity)
    #expect(edges[4] > 0 && edges[4] < 2e-38 && edges[7] == edges[4])
  }
}
