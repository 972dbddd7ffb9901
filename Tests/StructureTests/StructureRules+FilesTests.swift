// Each rule of names on made-up text.

import Testing

/// The rules find what they are for, and nothing else.
@Suite struct StructureRulesFilesTests {
  private func files(_ texts: KeyValuePairs<String, String>) -> [SourceFile] {
    texts.map { SourceFile(path: $0.key, text: $0.value) }
  }

  @Test func declarationsAtTheTopAreRead() {
    let declared = TopLevelDeclarations(
      parsing: [
        "// struct Comment {}",
        "@available(macOS 15, *) public final class A: B {",
        "  struct Nested {}",
        "}",
        "private struct Hidden {}",
        "fileprivate enum Unseen {}",
        "public typealias Other = A",
        "let text = \"\"\"",
        "struct Quoted {}",
        "\"\"\"",
        "@Suite struct C {}",
        "package indirect enum D {}",
        "extension Configuration.Training: Codable {",
        "public protocol E {}",
        "func structure() {}",
      ].joined(separator: "\n"))
    #expect(declared.types.map(\.name) == ["A", "C", "D", "E"])
    #expect(declared.types.map(\.line) == [2, 11, 12, 14])
    #expect(declared.extensions.map(\.name) == ["Configuration.Training"])
  }

  @Test func fileWithoutPurposeIsFound() {
    #expect(
      StructureRules.filesWithoutPurpose(
        files([
          "Sources/M/A.swift": "// What A is for.\n\nimport Glibc\n",
          "Sources/M/B.swift": "import Glibc\n\n// Too late.\n",
          "Sources/M/C.swift": "/// Only the type's comment.\nstruct C {}\n",
        ])) == [
          "Sources/M/B.swift:1: begins without its purpose; put `// What this file is for.` above all else",
          "Sources/M/C.swift:1: begins without its purpose; put `// What this file is for.` above all else",
        ])
  }

  @Test func misplacedTypeIsFound() {
    #expect(
      StructureRules.misplacedTypes(
        files([
          "Sources/M/A.swift": "struct Helper {}\nstruct A {}\nextension B {}",
          "Sources/M/B.swift": "private struct Helper {}\nextension A {}\npublic struct B {}",
          "Sources/M/C.swift": "\nstruct D {}",
          "Sources/M/D+Aspect.swift": "extension D {}",
          "Sources/M/Reading.swift": "extension D {}\nextension D: P {}",
          "Sources/M/E.swift": "extension N.E {}",
          "Sources/M/N+E.swift": "extension N.E {}",
          "Tests/MTests/A+EdgesTests.swift": "struct AEdgesTests {}",
          "Sources/M/Both.swift": "extension D {}\nextension E {}",
          "Sources/M/functions.swift": "func f() {}",
        ])) == [
          "Sources/M/A.swift:1: Helper is a second type beside A; move it to Helper.swift, or make it private",
          "Sources/M/C.swift:2: D is not the file's name; call the file D.swift, or D+Aspect.swift",
          "Sources/M/Reading.swift:1: extends D alone; call the file D+Aspect.swift",
          "Sources/M/E.swift:1: extends N.E alone; call the file N+Aspect.swift",
        ])
  }

  @Test func testWithoutTypeIsFound() {
    #expect(
      StructureRules.testsWithoutType(
        files([
          "Sources/M/A.swift": "struct A {}",
          "Sources/N/B.swift": "struct B {}",
          "Tests/MTests/ATests.swift": "@Suite struct ATests {}",
          "Tests/MTests/A+EdgesTests.swift": "",
          "Tests/MTests/BTests.swift": "",
          "Tests/MTests/Helper.swift": "struct Helper {}",
          "Tests/MProbe/BTests.swift": "",
          "Tests/ProgramTests/EvaluateTests.swift": "",
          "Tests/HypernetworksTests/GoldenStepTests.swift": "",
        ])) == [
          "Tests/MTests/BTests.swift:1: Sources/M has no type B; "
            + "call the file after the type it tests, in the tests of that type's module"
        ])
  }
}
