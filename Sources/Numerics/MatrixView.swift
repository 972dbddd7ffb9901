// Rows of numbers that somebody else owns.

/// Rows of `columns` numbers, `step` apart, in memory that somebody else owns.
public struct MatrixView: Sendable {
  public let values: FloatView
  public let rows: Int
  public let columns: Int
  /// From the beginning of a row to that of the next.
  public let step: Int

  /// `step`: nil where the rows lie one behind the other.
  public init(_ values: FloatView, rows: Int, columns: Int, step: Int? = nil) {
    let step = step ?? columns
    precondition(
      step >= columns && (rows == 0 || (rows - 1) * step + columns <= values.count),
      "MatrixView: \(rows) rows of \(columns) numbers, \(step) apart, in \(values.count)")
    self.values = values
    self.rows = rows
    self.columns = columns
    self.step = step
  }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> MatrixView {
    MatrixView(
      values.slice(range.lowerBound * step, values.count - range.lowerBound * step),
      rows: range.count, columns: columns, step: step)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> MatrixView {
    MatrixView(
      values.slice(range.lowerBound, values.count - range.lowerBound), rows: rows,
      columns: range.count, step: step)
  }

  /// Columns that sixteen at a time can be read and written: the next row's begin behind them.
  public var paddedColumns: Int { min(step, Self.padded(columns)) }

  /// The multiple of sixteen that is not below `count`.
  public static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Overwrites all rows with `source`'s.
  public func copy(from source: MatrixView) {
    precondition(
      source.rows == rows && source.columns == columns,
      "MatrixView: \(source.rows) x \(source.columns) into \(rows) x \(columns)")
    for row in 0..<rows {
      values.slice(row * step, columns).copy(
        from: source.values.slice(row * source.step, columns))
    }
  }
}
