// Sums of columns, in double precision, on the way through a matrix.

import CInstructions

/// Passes over a matrix that sum up what each column holds. The columns are a multiple of sixteen; the sums of a column are
/// its addends one behind the other, so they do not depend on how the rows are divided.
public enum ColumnSums {
  /// a = max(y, leak y) in place, for 0 < leak < 1.
  ///
  /// - Parameters:
  ///   - sums, squares: sum a and sum a^2 of each column, overwritten, or added to where `accumulating`.
  public static func activate(
    _ values: MatrixView, leak: Float, sums: DoubleView, squares: DoubleView, accumulating: Bool
  ) {
    precondition(
      values.columns % 16 == 0 && sums.count >= values.columns && squares.count >= values.columns,
      "ColumnSums: \(values.columns) columns, \(sums.count) sums")
    for column in stride(from: 0, to: values.columns, by: 16) {
      hyperdist_activate(
        values.values.baseAddress + column, values.step, values.rows, leak,
        sums.baseAddress + column, squares.baseAddress + column, accumulating ? 1 : 0)
    }
  }

  /// - Parameters:
  ///   - gradient, activations: dz and a.
  ///   - means, inverses: a column's xhat is (a - mean) * inverse.
  ///   - sums, products: sum dz and sum dz * xhat of each column, overwritten, or added to where `accumulating`.
  public static func normalizationGradient(
    _ gradient: MatrixView, activations: MatrixView, means: FloatView, inverses: FloatView,
    sums: DoubleView, products: DoubleView, accumulating: Bool
  ) {
    let columns = gradient.columns
    precondition(
      columns % 16 == 0 && activations.columns == columns && activations.rows == gradient.rows
        && means.count >= columns && inverses.count >= columns && sums.count >= columns
        && products.count >= columns,
      "ColumnSums: \(columns) and \(activations.columns) columns, \(sums.count) sums")
    for column in stride(from: 0, to: columns, by: 16) {
      hyperdist_backward_sums(
        gradient.values.baseAddress + column, gradient.step,
        activations.values.baseAddress + column, activations.step, gradient.rows,
        means.baseAddress + column, inverses.baseAddress + column, sums.baseAddress + column,
        products.baseAddress + column, accumulating ? 1 : 0)
    }
  }
}
