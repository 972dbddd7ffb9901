// What a table of an analysis consists of, for those who write it and those who read it.

/// The columns of one table, declared once, in their order; the raw value is a column's head.
public protocol TableColumn: CaseIterable, Hashable, RawRepresentable, Sendable
where RawValue == String, AllCases == [Self] {
  /// The table's name: its file's without the ending.
  static var table: String { get }
}
