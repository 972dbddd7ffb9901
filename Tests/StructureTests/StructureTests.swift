// The repository keeps to its structure: imports point downward, a C library has one importer.

import Foundation
import Glibc
import Testing

/// The files of this checkout.
private struct Checkout {
  let root: URL
  let manifest: PackageManifest

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    self.root = root
    manifest = PackageManifest(
      parsing: try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8))
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// Paths of the Swift files below a folder, relative to the root.
  func swiftFiles(below folder: String) -> [String] {
    let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    return (paths?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }
      .map { "\(folder)/\($0)" }
  }

  func imports() throws -> [ImportStatement] {
    try ["Sources", "Tests"].flatMap { swiftFiles(below: $0) }.flatMap { file in
      let importer = file.split(separator: "/")[1]
      return ImportStatement.all(in: try text(file), file: file, importer: String(importer))
    }
  }

  /// Names at the top, without what .gitignore leaves out.
  func topLevelNames() throws -> [String] {
    let ignored = try text(".gitignore").split(separator: "\n").map {
      $0.hasSuffix("/") ? String($0.dropLast()) : String($0)
    }
    return try FileManager.default.contentsOfDirectory(atPath: root.path).filter { name in
      name != ".git" && !ignored.contains { fnmatch($0, name, 0) == 0 }
    }
  }
}

@Suite struct StructureTests {
  @Test func importsPointDownwardAndAreDeclared() throws {
    let checkout = try Checkout()
    let imports = try checkout.imports()
    #expect(checkout.manifest.targets.count > 10)
    #expect(imports.count > checkout.manifest.targets.count)
    #expect(StructureRules.upwardDependencies(checkout.manifest) == [])
    #expect(StructureRules.undeclaredImports(checkout.manifest, imports) == [])
  }

  @Test func systemLibrariesHaveOneImporter() throws {
    let checkout = try Checkout()
    #expect(checkout.manifest.targets.contains { $0.kind == .systemLibrary })
    #expect(StructureRules.sharedSystemModules(checkout.manifest, try checkout.imports()) == [])
  }

  @Test func topOfRepositoryIsTidy() throws {
    #expect(StructureRules.strayEntries(try Checkout().topLevelNames()) == [])
  }

  @Test func filesAreShort() throws {
    let checkout = try Checkout()
    let files = ["Sources", "Tests"].flatMap { checkout.swiftFiles(below: $0) }
    let lineCounts = try Dictionary(
      uniqueKeysWithValues: files.map { file in
        (
          file,
          try checkout.text(file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
        )
      })
    #expect(lineCounts.count > 10)
    #expect(StructureRules.longFiles(lineCounts) == [])
  }
}

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
