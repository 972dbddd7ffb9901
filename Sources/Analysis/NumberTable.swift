// Numbers by row and column.

/// A table of numbers, which becomes a CSV file.
public struct NumberTable<Column: TableColumn>: CSVTable {
  public let columns: [Column]
  /// Of each row, its numbers in the order of the columns.
  private var rows: [[Double]] = []

  /// With these of the declared columns, or all.
  public init(_: Column.Type, _ columns: [Column] = Column.allCases) { self.columns = columns }

  /// Each column's number; NaN is an empty cell.
  public mutating func add(_ row: [Column: Double]) {
    precondition(
      row.count == columns.count && columns.allSatisfy { row[$0] != nil },
      "NumberTable \(name): \(row) for \(columns)")
    rows.append(columns.map { row[$0]! })
  }

  public var rowCount: Int { rows.count }

  /// All values of a column.
  public subscript(column: Column) -> [Double] {
    let index = index(of: column)
    return rows.map { $0[index] }
  }

  /// One value.
  public subscript(row: Int, column: Column) -> Double { rows[row][index(of: column)] }

  /// Where a column stands in the file, counted from 1.
  public func place(of column: Column) -> Int { index(of: column) + 1 }

  private func index(of column: Column) -> Int { columns.firstIndex(of: column)! }

  public var name: String { Column.table }

  public var csv: String {
    ([columns.map(\.rawValue).joined(separator: ",")]
      + rows.map { row in row.map(Self.text).joined(separator: ",") })
      .joined(separator: "\n") + "\n"
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
