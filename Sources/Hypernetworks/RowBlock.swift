// Some rows of a perceptron's batch.

import Numerics

/// Neighbouring rows of the batch of a rank's samples, one behind the other.
struct RowBlock: Sendable {
  /// Which of the samples' rows.
  let rows: Range<Int>
  let values: FloatView

  init(rows: Range<Int>, values: FloatView) {
    (self.rows, self.values) = (rows, values)
  }

  init(_ leaves: RowLeaves, _ matrix: MatrixView) {
    self.init(rows: leaves.rows, values: matrix.values)
  }

  /// The numbers of those of `wanted` rows that are here, `width` a row, and where they lie among all numbers of `wanted`.
  func part(of wanted: Range<Int>, width: Int) -> (place: Range<Int>, numbers: FloatView) {
    let own = wanted.clamped(to: rows)
    let place = (own.lowerBound - wanted.lowerBound) * width
    return (
      own.isEmpty ? 0..<0 : place..<place + own.count * width,
      own.isEmpty
        ? values.slice(0, 0)
        : values.slice((own.lowerBound - rows.lowerBound) * width, own.count * width)
    )
  }
}
