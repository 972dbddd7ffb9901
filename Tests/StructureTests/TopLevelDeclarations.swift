// What a source file declares at its top level, read from its text.

/// The types that other files may name, and the types that are extended.
struct TopLevelDeclarations: Equatable {
  struct Declaration: Equatable {
    let name: String
    let line: Int
  }

  /// Structures, classes, enumerations, protocols and actors that are not private. Names for other types
  /// (`typealias`) do not count.
  private(set) var types: [Declaration] = []
  private(set) var extensions: [Declaration] = []

  /// Whatever begins at the first column is at the top level, for that is how swift-format indents; text
  /// inside string literals of several lines is passed over, and so are the branches of `#if`, which it
  /// indents.
  init(parsing text: String) {
    let attributes = /(?:@\w+(?:\([^)]*\))?\s+)*/
    let type =
      /^(?:(?:public|package|internal|final|indirect|nonisolated)\s+)*(?:struct|class|enum|protocol|actor)\s+(\w+)/
    let extended = /^(?:(?:public|package)\s+)?extension\s+([\w.]+)/
    var isInsideLiteral = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      defer { if line.matches(of: /"""/).count % 2 == 1 { isInsideLiteral.toggle() } }
      if isInsideLiteral { continue }
      let declaration =
        line.prefixMatch(of: attributes).map { line[$0.range.upperBound...] } ?? line
      if let match = declaration.firstMatch(of: type) {
        types.append(Declaration(name: String(match.1), line: index + 1))
      } else if let match = declaration.firstMatch(of: extended) {
        extensions.append(Declaration(name: String(match.1), line: index + 1))
      }
    }
  }
}
