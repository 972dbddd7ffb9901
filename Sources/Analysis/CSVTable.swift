// Tables of any columns, as files see them.

/// A table that becomes a file.
public protocol CSVTable: Sendable {
  /// The file's name without its ending.
  var name: String { get }
  /// Comma-separated values with a header; whole numbers without a point, others with the fewest digits
  /// that give the same number back.
  var csv: String { get }
}
