// The repository keeps to its structure: imports point downward, a C library has one importer, types are found by name.

import Foundation
import Glibc
import TestSupport
import Testing

/// The files of this checkout.
private struct Checkout {
  let root: URL
  let manifest: PackageManifest

  init() throws {
    let root = RepositoryFile("").url
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

  func sources() throws -> [SourceFile] {
    try ["Sources", "Tests"].flatMap { swiftFiles(below: $0) }
      .map { SourceFile(path: $0, text: try text($0)) }
  }

  func imports() throws -> [ImportStatement] {
    try sources().flatMap {
      ImportStatement.all(in: $0.text, file: $0.path, importer: $0.target)
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
  private func expectNone(
    _ complaints: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for complaint in complaints {
      Issue.record("\(complaint)", sourceLocation: sourceLocation)
    }
  }

  @Test func importsPointDownwardAndAreDeclared() throws {
    let checkout = try Checkout()
    let imports = try checkout.imports()
    #expect(checkout.manifest.targets.count > 10)
    #expect(imports.count > checkout.manifest.targets.count)
    expectNone(StructureRules.upwardDependencies(checkout.manifest))
    expectNone(StructureRules.undeclaredImports(checkout.manifest, imports))
  }

  @Test func systemLibrariesHaveOneImporter() throws {
    let checkout = try Checkout()
    #expect(checkout.manifest.targets.contains { $0.kind == .systemLibrary })
    expectNone(StructureRules.sharedSystemModules(checkout.manifest, try checkout.imports()))
  }

  @Test func topOfRepositoryIsTidy() throws {
    expectNone(StructureRules.strayEntries(try Checkout().topLevelNames()))
  }

  @Test func filesAreShort() throws {
    let checkout = try Checkout()
    let lineCounts = try Dictionary(
      uniqueKeysWithValues: checkout.sources().map { file in
        (file.path, file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1)
      })
    #expect(lineCounts.count > 10)
    expectNone(StructureRules.longFiles(lineCounts))
  }

  @Test func typesAndTheirTestsAreFoundByName() throws {
    let files = try Checkout().sources()
    #expect(files.contains { !$0.declarations.types.isEmpty })
    expectNone(StructureRules.misplacedTypes(files))
    expectNone(StructureRules.testsWithoutType(files))
  }

  @Test func filesOpenWithTheirPurpose() throws {
    expectNone(StructureRules.filesWithoutPurpose(try Checkout().sources()))
  }
}
