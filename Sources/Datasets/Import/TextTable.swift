// Tables as text: comma, semicolon or tab between cells.

/// A table of one line of names and equally many cells in every other (RFC 4180; gzipped or not).
struct TextTable {
  struct Row {
    /// Of the file, from 1 on.
    let line: Int
    let cells: [String]
  }

  let names: [String]
  let rows: [Row]

  init(path: String) throws(DatasetError) {
    let bytes = try Self.content(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(path: path, problem: "is no text in UTF-8")
    }
    let separator = Self.separator(text)
    var lines = Self.rows(text.first == "\u{FEFF}" ? String(text.dropFirst()) : text, separator)
    lines.removeAll { $0.cells.allSatisfy(\.isEmpty) }
    guard lines.count > 1 else {
      throw .malformed(path: path, problem: "has no rows below a line of names of columns")
    }
    names = lines[0].cells
    rows = Array(lines.dropFirst())
    if names.allSatisfy({ Float($0) != nil }) {
      throw .malformed(
        path: path, problem: "begins with numbers: its first line must be the columns' names")
    }
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw .malformed(path: path, problem: "has two columns '\(twice)'")
    }
    if let other = rows.first(where: { $0.cells.count != names.count }) {
      throw .malformed(
        path: path,
        problem:
          "row \(other.line) has \(other.cells.count) cells, there are \(names.count) columns")
    }
  }

  private static func content(_ path: String) throws(DatasetError) -> [UInt8] {
    let file = try GzipFile(path: path)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try piece.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
        try file.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      bytes += piece[..<count]
      if count < piece.count { return bytes }
    }
  }

  /// The separator of which the first line has most.
  private static func separator(_ text: String) -> Character {
    let first = text.prefix { !$0.isNewline }
    return [",", ";", "\t"].max { a, b in
      first.count { $0 == a } < first.count { $0 == b }
    }!
  }

  private static func rows(_ text: String, _ separator: Character) -> [Row] {
    var (rows, cells, cell) = ([Row](), [String](), "")
    var (line, begin, isQuoted, wasQuoted) = (1, 1, false, false)
    func ended() -> String {
      wasQuoted
        ? cell : String(cell.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    var place = text.startIndex
    while place < text.endIndex {
      let character = text[place]
      place = text.index(after: place)
      if character.isNewline { line += 1 }
      if isQuoted {
        guard character == "\"" else {
          cell.append(character)
          continue
        }
        if place < text.endIndex, text[place] == "\"" {
          cell.append("\"")
          place = text.index(after: place)
        } else {
          isQuoted = false
        }
      } else if character == "\"", cell.isEmpty {
        (isQuoted, wasQuoted) = (true, true)
      } else if character == separator || character.isNewline {
        cells.append(ended())
        (cell, wasQuoted) = ("", false)
        if character.isNewline {
          rows.append(Row(line: begin, cells: cells))
          (cells, begin) = ([], line)
        }
      } else {
        cell.append(character)
      }
    }
    if !cell.isEmpty || !cells.isEmpty { rows.append(Row(line: begin, cells: cells + [ended()])) }
    return rows
  }
}
