// Imports, read from source text.

/// A module imported by a source file.
struct ImportStatement: Equatable {
  let file: String
  let line: Int
  /// The target the file belongs to.
  let importer: String
  let module: String

  /// The imports of one file's text.
  static func all(in text: String, file: String, importer: String) -> [ImportStatement] {
    let pattern =
      /^\s*(?:@\w+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .compactMap { number, line in
        line.firstMatch(of: pattern).map {
          ImportStatement(file: file, line: number + 1, importer: importer, module: String($0.1))
        }
      }
  }
}
