// Where named outputs end up, whatever lies at their path.

import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct OutputDestinationTests {
  private let folder = TestFolder()

  private func link(_ name: String, _ target: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    return path
  }

  @Test func linksAreFollowedToTheirEnd() throws {
    let end = "\(folder.path)/end"
    let first = try link("first", end)
    let second = try link("second", "first")
    #expect(try OutputDestination(of: second) == .file(path: end))
    let output = try link("output", "/dev/stdout")
    #expect(try OutputDestination(of: output) == .descriptor(1))
    #expect(try OutputDestination(of: "/dev/fd/63") == .descriptor(63))
    #expect(try OutputDestination(of: "/dev/null") == .opened(path: "/dev/null"))
    try OutputDestination(of: second).write("text")
    #expect(try WholeFile.text(end) == "text")
    #expect(SymbolicLink.target(first) == end)
  }

  @Test func whatCannotBeWritten() throws {
    let circle = try link("circle", "circle")
    for (path, number) in [
      (circle, ELOOP), (folder.path, EISDIR), ("\(folder.path)/none/x/", ENOENT),
    ] {
      let error = #expect(throws: FileError.self) { try OutputDestination(of: path) }
      #expect(error?.number == number, "\(path)")
    }
    for path in ["\(folder.path)/none/x", "/proc/x"] {
      #expect(throws: FileError.self) { try OutputDestination(of: path).check() }
    }
    #expect(throws: FileError.self) { try OutputDestination.descriptor(9999).check() }
    // Trying leaves nothing.
    try OutputDestination(of: "\(folder.path)/new").check()
    #expect(Folder.names(in: folder.path) == ["circle"])
  }

  /// Another name of the file sees what is written.
  @Test func hardLinksStayTogether() throws {
    let (one, other) = ("\(folder.path)/one", "\(folder.path)/other")
    try WholeFile.replace(one, with: "old and longer")
    try FileManager.default.linkItem(atPath: one, toPath: other)
    try OutputDestination(of: one).write("new")
    #expect(try WholeFile.text(other) == "new")
  }
}
