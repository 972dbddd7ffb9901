// Each rule on made-up text.

import Foundation
import Testing

/// The rules find what they are for.
@Suite struct StructureRulesTests {
  static let manifest = PackageManifest(
    parsing: """
      targets: [
        .systemLibrary(name: "CBelow", pkgConfig: "below", providers: [.apt(["libbelow-dev"])]),
        .target(name: "Lower", dependencies: ["CBelow", "Upper"]),
        .target(
          name: "Upper",
          dependencies: ["Lower", .product(name: "Yams", package: "yams-package")]),
        .testTarget(name: "LowerTests", dependencies: ["Lower"], exclude: ["Golden"]),
      ]
      """)

  static func imports(_ text: String, in importer: String) -> [ImportStatement] {
    ImportStatement.all(in: text, file: "Sources/\(importer)/a.swift", importer: importer)
  }

  @Test func manifestIsReadWhole() {
    #expect(Self.manifest.targets.map(\.name) == ["CBelow", "Lower", "Upper", "LowerTests"])
    #expect(
      Self.manifest.targets.map(\.dependencies) == [
        [], ["CBelow", "Upper"], ["Lower", "Yams"], ["Lower"],
      ])
    #expect(Self.manifest.targets.map(\.folder).last == "Tests/LowerTests")
  }

  @Test func upwardDependencyIsFound() {
    #expect(
      StructureRules.upwardDependencies(Self.manifest) == [
        "Package.swift: Lower depends on Upper, which is not written above it"
      ])
  }

  @Test func undeclaredImportIsFound() {
    let text = [
      "// import Comment",
      "import Glibc",
      "import Lower",
      "@preconcurrency package import CBelow",
      "import struct Other.Thing",
    ].joined(separator: "\n")
    #expect(
      StructureRules.undeclaredImports(Self.manifest, Self.imports(text, in: "Upper")) == [
        "Sources/Upper/a.swift:4: imports CBelow, which Upper does not declare",
        "Sources/Upper/a.swift:5: imports Other, which Upper does not declare",
      ])
  }

  @Test func secondImporterOfSystemLibraryIsFound() {
    let once = Self.imports("import CBelow", in: "Lower")
    #expect(StructureRules.sharedSystemModules(Self.manifest, once) == [])
    let twice = once + Self.imports("import CBelow", in: "Upper")
    #expect(
      StructureRules.sharedSystemModules(Self.manifest, twice) == [
        "CBelow is imported by Lower and Upper"
      ])
  }

  @Test func strayEntryAndLongFileAreFound() {
    #expect(
      StructureRules.strayEntries(["Sources", "notes.txt"]) == [
        "notes.txt is not expected at the top of the repository"
      ])
    #expect(
      StructureRules.longFiles(["a.swift": 500, "b.swift": 501]) == [
        "b.swift has 501 lines; 500 are the most"
      ])
  }
}
