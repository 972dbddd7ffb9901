// What every analysis gives.

/// An analysis's numbers, and what they come to in words.
public struct AnalysisResult: Sendable {
  public let kind: AnalysisKind
  public let tables: [any CSVTable]
  /// A few lines for people.
  public let summary: [String]
  private let facts: [AnalysisFact: Int]

  public init(
    _ kind: AnalysisKind, tables: [any CSVTable], summary: [String],
    facts: [AnalysisFact: Int] = [:]
  ) {
    self.kind = kind
    self.tables = tables
    self.summary = summary
    self.facts = facts
  }

  /// The table of these columns, which is one of this analysis's.
  public func table<Column: TableColumn>(_: Column.Type) -> NumberTable<Column> {
    for case let table as NumberTable<Column> in tables { return table }
    preconditionFailure("\(kind) has no table '\(Column.table)'")
  }

  /// A fact of this analysis.
  public func fact(_ fact: AnalysisFact) -> Int {
    guard let value = facts[fact] else { preconditionFailure("\(kind) has no number of \(fact)") }
    return value
  }
}
