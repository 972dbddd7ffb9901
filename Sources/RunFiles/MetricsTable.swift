// The rows of a metrics.csv, as this program writes it or as a spreadsheet saved it.

/// What could be read of a metrics.csv. Columns are found by their names, in any order; they may be set apart by
/// commas, semicolons or tabs, values may stand in quotation marks, and have a decimal comma where commas set nothing
/// apart; lines may end as on Unix or on Windows; a byte order mark is passed over.
package struct MetricsTable: Sendable {
  /// By ascending step; of several rows of a step the last.
  package private(set) var rows: [MetricsRow] = []
  /// What stands behind the last line's end: a row that is being written, or was cut off; nil where it has
  /// fewer fields than a row.
  package private(set) var unfinishedRow: MetricsRow?
  package private(set) var endsWithinALine = false
  /// Content that is in none of the rows, in words.
  package private(set) var losses: [String] = []

  package init() {}

  package init(parsing bytes: [UInt8]) {
    var lines = Self.withoutMark(bytes).split { $0 == Self.lineFeed || $0 == Self.carriageReturn }
    guard let header = lines.first else { return }
    endsWithinALine = ![Self.lineFeed, Self.carriageReturn].contains(bytes.last)
    lines.removeFirst()
    let layout = Layout(header: header)
    guard layout.hasSteps else {
      losses.append("it has no column \(MetricsColumn.step.name)")
      return
    }
    if !layout.unknown.isEmpty {
      losses.append("columns of other names: \(layout.unknown.joined(separator: ", "))")
    }
    if endsWithinALine, let last = lines.popLast() { unfinishedRow = layout.row(last)?.row }
    add(lines, layout)
  }

  private mutating func add(_ lines: [ArraySlice<UInt8>], _ layout: Layout) {
    var byStep: [Int: MetricsRow] = [:]
    var (unreadLines, unreadFields) = (0, 0)
    for line in lines {
      guard let (row, unread) = layout.row(line) else {
        unreadLines += 1
        continue
      }
      byStep[row.step] = row
      unreadFields += unread
    }
    rows = byStep.values.sorted { $0.step < $1.step }
    if unreadLines > 0 { losses.append("\(unreadLines) lines that are no rows") }
    if unreadFields > 0 { losses.append("\(unreadFields) fields that are no numbers") }
  }

  /// Step and value of every row in which the column has a number.
  package func series(_ column: MetricsColumn) -> [(step: Double, value: Double)] {
    rows.compactMap { row in column.number(row).map { (Double(row.step), $0) } }
  }

  package func last(_ column: MetricsColumn) -> Double? {
    rows.reversed().lazy.compactMap(column.number).first
  }

  /// The file's text.
  static func text(_ rows: [MetricsRow]) -> String {
    let header = MetricsColumn.all.map(\.name).joined(separator: ",") + "\n"
    return rows.reduce(into: header) { $0 += line($1) }
  }

  /// A row's line.
  static func line(_ row: MetricsRow) -> String {
    MetricsColumn.all.map { $0.write(row) }.joined(separator: ",") + "\n"
  }

  private static let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

  private static func withoutMark(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  }
}

/// Which field of a line is which column's.
private struct Layout {
  private let separator: UInt8
  private let columns: [MetricsColumn?]
  /// Names in the header that are no column's.
  let unknown: [String]
  let hasSteps: Bool

  init(header: ArraySlice<UInt8>) {
    // The character that occurs most often: names hold none of them.
    let candidates = [",", ";", "\t"].map { UInt8(ascii: $0) }
    separator = candidates.max { one, other in
      header.count { $0 == one } < header.count { $0 == other }
    }!
    let names = Self.fields(header, separator)
    var known = Dictionary(uniqueKeysWithValues: MetricsColumn.all.map { ($0.name, $0) })
    columns = names.map { known.removeValue(forKey: $0) }
    unknown = zip(names, columns).filter { $1 == nil && !$0.isEmpty }.map(\.0)
    hasSteps = known[MetricsColumn.step.name] == nil
  }

  /// The row of a line, and how many of its fields hold something that is no value of their column; nil where
  /// the line has another number of fields than the header, or no step.
  func row(_ line: ArraySlice<UInt8>) -> (row: MetricsRow, unread: Int)? {
    let fields = Self.fields(line, separator)
    guard fields.count == columns.count else { return nil }
    var row = MetricsRow(step: 0)
    var unread = 0
    for (column, text) in zip(columns, fields) {
      guard let column else { continue }
      let isRead = column.read(column.isNumbers ? Self.withPoint(text) : text, &row)
      if isRead { continue }
      if column.name == MetricsColumn.step.name { return nil }
      unread += 1
    }
    return (row, unread)
  }

  private static func withPoint(_ text: String) -> String {
    text.contains(",") ? text.replacing(",", with: ".") : text
  }

  /// The texts of a line's fields, without spaces around them and quotation marks.
  private static func fields(_ line: ArraySlice<UInt8>, _ separator: UInt8) -> [String] {
    let quote = UInt8(ascii: "\"")
    var isQuoted = false
    var fields: [String] = []
    var field: [UInt8] = []
    func text() -> String {
      let space = UInt8(ascii: " ")
      let start = field.firstIndex { $0 != space } ?? field.endIndex
      let end = field.lastIndex { $0 != space }.map { $0 + 1 } ?? start
      return String(decoding: field[start..<end], as: UTF8.self)
    }
    for byte in line {
      if byte == quote {
        isQuoted.toggle()
      } else if byte == separator, !isQuoted {
        fields.append(text())
        field.removeAll(keepingCapacity: true)
      } else {
        field.append(byte)
      }
    }
    return fields + [text()]
  }
}
