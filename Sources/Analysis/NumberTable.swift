/// A table of numbers, which becomes a CSV file.
public struct NumberTable: Sendable {
  /// The file's name without its ending.
  public let name: String
  public let columns: [String]
  public private(set) var rows: [[Double]] = []

  public init(_ name: String, _ columns: [String]) {
    self.name = name
    self.columns = columns
  }

  /// NaN is an empty cell.
  public mutating func add(_ row: [Double]) {
    precondition(row.count == columns.count, "NumberTable \(name): \(row) for \(columns)")
    rows.append(row)
  }

  /// All values of a column.
  public subscript(column: String) -> [Double] {
    let index = columns.firstIndex(of: column)!
    return rows.map { $0[index] }
  }

  /// Comma-separated values with a header; whole numbers without a point, others with the fewest digits
  /// that give the same number back.
  public var csv: String {
    ([columns.joined(separator: ",")]
      + rows.map { row in row.map(Self.text).joined(separator: ",") })
      .joined(separator: "\n") + "\n"
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
