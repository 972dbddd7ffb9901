// Folders and files that tests make and remove.

import Foundation

/// A new empty folder, removed with its content when the last reference goes.
public final class TestFolder: Sendable {
  public let path: String

  public init() {
    var template = Array("/tmp/hyperdist-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      fatalError("mkdtemp /tmp/hyperdist-test-XXXXXX: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making its folder first; returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) -> String {
    let file = URL(filePath: path).appending(path: name)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    } catch {
      fatalError("\(file.path): \(error)")
    }
    return file.path
  }

  @discardableResult
  public func write(_ text: String, to name: String) -> String { write(Array(text.utf8), to: name) }

  /// Names in a folder below this one, sorted; none where there is no such folder.
  public func names(in folder: String = "") -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
    return (names ?? []).sorted()
  }
}
