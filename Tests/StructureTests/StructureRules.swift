// The rules of the package's structure, as functions from text to complaints.

enum StructureRules {
  /// Modules of the toolchain that any target may import.
  static let toolchainModules: Set<String> = [
    "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "RegexBuilder", "Synchronization",
    "Testing",
  ]

  /// What may lie at the top of the repository.
  static let topLevelEntries: Set<String> = [
    "Package.swift", "Sources", "Tests", "Launch", "Configs", "docs", "README.md", "LICENSE", ".ci",
    ".gitignore", ".swift-format",
  ]

  static let longestFile = 500

  /// A target depends only on targets written above it.
  static func upwardDependencies(_ manifest: PackageManifest) -> [String] {
    var above: Set<String> = []
    var complaints: [String] = []
    let local = Set(manifest.targets.map(\.name))
    for target in manifest.targets {
      for dependency in target.dependencies
      where local.contains(dependency) && !above.contains(dependency) {
        complaints.append(
          "Package.swift: \(target.name) depends on \(dependency), which is not written above it")
      }
      above.insert(target.name)
    }
    return complaints
  }

  /// A file imports only what its target declares, and the toolchain's own modules.
  static func undeclaredImports(
    _ manifest: PackageManifest, _ imports: [ImportStatement]
  ) -> [String] {
    let declared = Dictionary(
      uniqueKeysWithValues: manifest.targets.map { ($0.name, Set($0.dependencies)) })
    return imports.compactMap { statement in
      guard let allowed = declared[statement.importer] else {
        return "\(statement.file): \(statement.importer) is no target of Package.swift"
      }
      if allowed.contains(statement.module) || toolchainModules.contains(statement.module) {
        return nil
      }
      return "\(statement.file):\(statement.line): imports \(statement.module), "
        + "which \(statement.importer) does not declare"
    }
  }

  /// A C library has one Swift importer in the product; a test's own program may be another.
  static func sharedSystemModules(
    _ manifest: PackageManifest, _ imports: [ImportStatement]
  ) -> [String] {
    manifest.targets.filter { $0.kind == .systemLibrary }.compactMap { library in
      let importers = Set(
        imports.filter { $0.module == library.name && $0.file.hasPrefix("Sources/") }.map(
          \.importer))
      guard importers.count > 1 else { return nil }
      return "\(library.name) is imported by \(importers.sorted().joined(separator: " and "))"
    }
  }

  static func strayEntries(_ names: [String]) -> [String] {
    names.filter { !topLevelEntries.contains($0) }.sorted()
      .map { "\($0) is not expected at the top of the repository" }
  }

  static func longFiles(_ lineCounts: [String: Int]) -> [String] {
    lineCounts.filter { $0.value > longestFile }.sorted { $0.key < $1.key }
      .map { "\($0.key) has \($0.value) lines; \(longestFile) are the most" }
  }
}
