// The rules by which a type, its file and its test are found by name.

extension StructureRules {
  /// A file opens with a line that says what it is for, before anything else.
  static func filesWithoutPurpose(_ files: [SourceFile]) -> [String] {
    files.compactMap { file in
      if file.text.prefixMatch(of: /\/\/ \S/) != nil { return nil }
      return
        "\(file.path):1: begins without its purpose; put `// What this file is for.` above all else"
    }
  }

  /// A file declares one type that others may name, and is called after it, or after the one type that it
  /// extends: `Type.swift` or `Type+Aspect.swift`. Files of functions alone, or of extensions of several types, may
  /// have any name.
  static func misplacedTypes(_ files: [SourceFile]) -> [String] {
    files.flatMap { file -> [String] in
      let declared = file.declarations
      if let first = declared.types.first {
        let fitting = [file.subject, file.name.filter { $0 != "+" }]
        let named = declared.types.first { fitting.contains($0.name) } ?? first
        return declared.types.filter { $0 != named }.map {
          "\(file.path):\($0.line): \($0.name) is a second type beside \(named.name); "
            + "move it to \($0.name).swift, or make it private"
        }
          + (fitting.contains(named.name)
            ? []
            : [
              "\(file.path):\(named.line): \(named.name) is not the file's name; "
                + "call the file \(named.name).swift, or \(named.name)+Aspect.swift"
            ])
      }
      let extended = declared.extensions
      guard let only = extended.first, extended.allSatisfy({ $0.name == only.name }) else {
        return []
      }
      let path = only.name.split(separator: ".").map(String.init)
      if file.name != file.subject && path.contains(file.subject) { return [] }
      return [
        "\(file.path):\(only.line): extends \(only.name) alone; call the file \(path[0])+Aspect.swift"
      ]
    }
  }

  /// Targets whose tests are named after what a user does or what is asked of the whole repository.
  static let behaviourTests: Set<String> = ["ProgramTests", "StructureTests"]

  /// Tests of several types together, which therefore have no type's name.
  static let jointTests: Set<String> = [
    "Tests/HypernetworksTests/GoldenStepTests.swift",
    "Tests/TargetNetworksTests/ImplementationTests.swift",
    "Tests/TargetNetworksTests/NormalizedNetworkTests.swift",
  ]

  /// `Tests/<Module>Tests/<Type>Tests.swift` tests a type that `Sources/<Module>` declares; `Type+AspectTests.swift`
  /// a part of it.
  static func testsWithoutType(_ files: [SourceFile]) -> [String] {
    var types: [String: Set<String>] = [:]
    for file in files where file.path.hasPrefix("Sources/") {
      types[file.target, default: []].formUnion(file.declarations.types.map(\.name))
    }
    return files.compactMap { file in
      guard file.path.hasPrefix("Tests/"), file.target.hasSuffix("Tests"),
        file.name.hasSuffix("Tests"), !behaviourTests.contains(file.target),
        !jointTests.contains(file.path)
      else { return nil }
      let module = String(file.target.dropLast("Tests".count))
      let type = String(file.name.dropLast("Tests".count).prefix { $0 != "+" })
      if types[module]?.contains(type) == true { return nil }
      return "\(file.path):1: Sources/\(module) has no type \(type); "
        + "call the file after the type it tests, in the tests of that type's module"
    }
  }
}
