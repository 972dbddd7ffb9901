// Products of matrices against the formula.

import Kernels
import Numerics
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  @Test(arguments: [(1, 1, 1), (5, 7, 3), (17, 33, 65), (64, 48, 16), (3, 300, 40)])
  func equalsTheFormula(rows: Int, columns: Int, inner: Int) {
    LibraryThreads.useOne()
    for transposeA in [false, true] {
      for transposeB in [false, true] {
        for accumulate in [false, true] {
          for gap in [nil, 0, 5] {
            check(
              rows, columns, inner, transposeA: transposeA, transposeB: transposeB,
              accumulate: accumulate, gap: gap)
          }
        }
      }
    }
  }

  private func check(
    _ rows: Int, _ columns: Int, _ inner: Int, transposeA: Bool, transposeB: Bool,
    accumulate: Bool, gap: Int?
  ) {
    let (storedRows, storedColumns) = transposeA ? (inner, rows) : (rows, inner)
    let stride = storedColumns + (gap ?? 0)
    // What lies in the gaps must not matter, and the last row ends without one.
    var a = TestData.exact((storedRows - 1) * stride + storedColumns, stream: 61)
    for index in a.indices where index % stride >= storedColumns { a[index] = .nan }
    let b = TestData.exact(inner * columns, stream: 62)
    let before = accumulate ? TestData.exact(rows * columns, stream: 63) : []
    var expected = accumulate ? before : [Double](repeating: 0, count: rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<inner {
          expected[i * columns + j] +=
            a[transposeA ? k * stride + i : i * stride + k]
            * b[transposeB ? j * inner + k : k * columns + j]
        }
      }
    }
    let left = SharedBuffer<Float>(count: a.count)
    let right = SharedBuffer<Float>(count: b.count)
    let product = SharedBuffer<Float>(count: rows * columns)
    left.view.copy(from: a)
    right.view.copy(from: b)
    if accumulate { product.view.copy(from: before) } else { product.view.fill(.nan) }
    MatrixProduct.multiply(
      left.view, transposeA: transposeA, strideA: gap.map { _ in stride }, right.view,
      transposeB: transposeB, into: product.view, accumulate: accumulate, rows: rows,
      columns: columns, inner: inner)
    #expect(
      product.view.doubles == expected,
      "transposeA \(transposeA), transposeB \(transposeB), accumulate \(accumulate), gap \(gap ?? 0)"
    )
  }
}
