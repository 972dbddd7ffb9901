/// An analysis's numbers, and what they come to in words.
public struct AnalysisResult: Sendable {
  public let kind: AnalysisKind
  public let tables: [NumberTable]
  /// A few lines for people.
  public let summary: [String]
  /// Facts that figures need beside the tables, such as how many layers there are.
  public let facts: [String: Double]

  public init(
    _ kind: AnalysisKind, tables: [NumberTable], summary: [String], facts: [String: Double] = [:]
  ) {
    self.kind = kind
    self.tables = tables
    self.summary = summary
    self.facts = facts
  }

  public func table(_ name: String) -> NumberTable { tables.first { $0.name == name }! }
}
