// Sums of columns against the formula, and over rows that come in parts.

import Numerics
import TestSupport
import Testing

@Suite struct ColumnSumsTests {
  private let rows = 23
  private let columns = 48
  private let step = 51

  private func matrix(_ stream: Int) -> (SharedBuffer<Float>, MatrixView) {
    let buffer = SharedBuffer<Float>(count: rows * step)
    for (index, value) in TestData.normal(rows * step, deviation: 1, stream: stream).enumerated() {
      buffer.view[index] = Float(value)
    }
    return (buffer, MatrixView(buffer.view, rows: rows, columns: columns, step: step))
  }

  @Test func activates() {
    let (buffer, values) = matrix(1)
    let before = buffer.view.array
    let sums = AlignedBuffer<Double>(count: 2 * columns)
    sums.view.fill(.nan)
    for part in [0..<1, 1..<9, 9..<rows] {
      ColumnSums.activate(
        values.rows(part), leak: 0.05, sums: sums.view.slice(0, columns),
        squares: sums.view.slice(columns, columns), accumulating: part.lowerBound > 0)
    }
    for column in 0..<columns {
      var (sum, square) = (0.0, 0.0)
      for row in 0..<rows {
        let y = before[row * step + column]
        let a = y > 0 ? y : 0.05 * y
        #expect(buffer.view[row * step + column] == a)
        sum += Double(a)
        square += Double(a) * Double(a)
      }
      #expect(sums[column] == sum)
      #expect(sums[columns + column] == square)
    }
    // What is behind the columns stays.
    #expect(buffer.view[columns] == before[columns])
  }

  @Test func sumsTheNormalizationsGradient() {
    let ((own, gradient), (other, activations)) = (matrix(2), matrix(3))
    let features = AlignedBuffer<Float>(count: 2 * columns)
    for column in 0..<columns {
      features[column] = 0.01 * Float(column)
      features[columns + column] = 1 + 0.1 * Float(column)
    }
    let sums = AlignedBuffer<Double>(count: 2 * columns)
    for part in [0..<12, 12..<rows] {
      ColumnSums.normalizationGradient(
        gradient.rows(part), activations: activations.rows(part),
        means: features.view.slice(0, columns), inverses: features.view.slice(columns, columns),
        sums: sums.view.slice(0, columns), products: sums.view.slice(columns, columns),
        accumulating: part.lowerBound > 0)
    }
    for column in 0..<columns {
      var (sum, product) = (0.0, 0.0)
      for row in 0..<rows {
        let (dz, a) = (own.view[row * step + column], other.view[row * step + column])
        sum += Double(dz)
        product += Double(dz) * Double((a - features[column]) * features[columns + column])
      }
      #expect(sums[column] == sum)
      #expect(sums[columns + column] == product)
    }
  }
}
