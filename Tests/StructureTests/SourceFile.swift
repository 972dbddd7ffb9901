// A file of the checkout as the rules see it.

/// A Swift file's path from the root, and its text.
struct SourceFile {
  let path: String
  let text: String

  /// The target it belongs to.
  var target: String { String(path.split(separator: "/")[1]) }

  /// Without folders and `.swift`.
  var name: String { String(path.split(separator: "/").last!.dropLast(".swift".count)) }

  /// The type it is about: what its name says before a `+`.
  var subject: String { String(name.prefix { $0 != "+" }) }

  var declarations: TopLevelDeclarations { TopLevelDeclarations(parsing: text) }
}
