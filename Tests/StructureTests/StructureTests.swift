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
