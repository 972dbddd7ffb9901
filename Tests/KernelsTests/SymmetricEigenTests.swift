// Eigenvalues and vectors of matrices made to have known ones.

import Kernels
import Numerics
import Testing

@Suite struct SymmetricEigenTests {
  /// Of a matrix with known eigenvalues 10, 7, 1 ... turned by random reflections.
  @Test(arguments: [1, 2, 5, 40])
  func largestEigenvaluesAndVectors(size: Int) throws {
    let values: [Double] = [10, 7].prefix(size) + (2..<max(2, size)).map { 1 / Double($0) }
    let matrix = AlignedBuffer<Double>(count: size * size)
    // Q^T diag(values) Q with Q = I - 2 v v^T, |v| = 1.
    let random = CounterRandom(seed: 8, purpose: .test)
    var v = (0..<size).map { Double(random.normal($0)) }
    let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
    v = v.map { $0 / norm }
    func q(_ row: Int, _ column: Int) -> Double { (row == column ? 1 : 0) - 2 * v[row] * v[column] }
    for row in 0..<size {
      for column in 0..<size {
        matrix[row * size + column] = (0..<size).reduce(0) {
          $0 + q($1, row) * values[$1] * q($1, column)
        }
      }
    }
    let count = min(3, size)
    let found = try SymmetricEigen.largest(count, of: matrix.view, size: size)
    for index in 0..<count {
      #expect(abs(found.values[index] - values[index]) <= 1e-12)
      let vector = found.vectors[index]
      for row in 0..<size {
        let product = (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] }
        #expect(abs(product - found.values[index] * vector[row]) <= 1e-12)
      }
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) <= 1e-12)
      #expect(vector.max()! >= -vector.min()!)
    }
  }
}
