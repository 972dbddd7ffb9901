// Files of the repository that must say what the program says.

import Foundation
import Testing

/// A file of this checkout, by its path from the root.
public struct RepositoryFile {
  public let url: URL

  public init(_ path: String) {
    url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: path)
  }

  public var text: String {
    get throws { try String(contentsOf: url, encoding: .utf8) }
  }

  /// Expects the file to hold this text; with HYPERDIST_UPDATE_FILES=1 in the environment, writes it.
  public func expect(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if ProcessInfo.processInfo.environment["HYPERDIST_UPDATE_FILES"] == "1" {
      try expected.write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(
      try text == expected,
      "\(url.lastPathComponent) is out of date: run the tests with HYPERDIST_UPDATE_FILES=1",
      sourceLocation: sourceLocation)
  }
}
