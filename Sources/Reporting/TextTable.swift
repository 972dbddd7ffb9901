// Tables in plain text.

/// Rows of cells in right-aligned columns; a row's cells beyond its columns' widths run on.
public struct TextTable {
  private var rows: [[String]]

  public init(_ header: [String], _ rows: [[String]] = []) { self.rows = [header] + rows }

  public mutating func add(_ row: [String]) { rows.append(row) }

  public var text: String {
    let columns = rows[0].count
    let complete = rows.filter { $0.count == columns }
    let widths = (0..<columns).map { column in
      complete.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).map { cell, width in
        String(repeating: " ", count: max(0, width - cell.count) + 2) + cell
      }.joined()
    }.joined(separator: "\n")
  }
}
