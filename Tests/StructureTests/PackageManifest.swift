// What Package.swift declares, read as text.

/// The targets of a Package.swift, in the order they are written.
struct PackageManifest {
  struct Target {
    enum Kind: String {
      case systemLibrary, target, executableTarget, testTarget
    }

    let kind: Kind
    let name: String
    /// Names of the targets and products it may import.
    let dependencies: [String]

    /// Where its sources lie.
    var folder: String { kind == .testTarget ? "Tests/\(name)" : "Sources/\(name)" }
  }

  let targets: [Target]

  /// Reads a manifest whose targets are written as literals, which is all this package needs.
  init(parsing text: String) {
    var targets: [Target] = []
    for match in text.matches(of: /\.(systemLibrary|target|executableTarget|testTarget)\(/) {
      guard let kind = Target.Kind(rawValue: String(match.1)) else { continue }
      let arguments = Self.balanced(text[match.range.upperBound...])
      guard let name = arguments.firstMatch(of: /name:\s*"([^"]+)"/) else { continue }
      var dependencies: [String] = []
      if let list = arguments.firstMatch(of: /dependencies:\s*\[/) {
        let content = Self.balanced(arguments[list.range.upperBound...])
          .replacing(/package:\s*"[^"]+"/, with: "")
        dependencies = content.matches(of: /"([^"]+)"/).map { String($0.1) }
      }
      targets.append(Target(kind: kind, name: String(name.1), dependencies: dependencies))
    }
    self.targets = targets
  }

  /// The text up to the bracket that closes one opened just before it.
  private static func balanced(_ text: Substring) -> Substring {
    var depth = 1
    for index in text.indices {
      switch text[index] {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      default: break
      }
      if depth == 0 { return text[..<index] }
    }
    return text
  }
}
