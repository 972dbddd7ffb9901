// Folders as they appear to others.

import Files
import Foundation
import TestSupport
import Testing

@Suite struct FolderTests {
  private let folder = TestFolder()

  /// In a process of its own, whose umask no other test sees.
  @Test(arguments: [(0o022, 0o755), (0o027, 0o750), (0o002, 0o775)])
  func permissionsFollowTheUmask(mask: Int, mode: Int) throws {
    let (path, file) = ("\(folder.path)/a/b", "\(folder.path)/a/b/file")
    try Umask.with(mode_t(mask)) {
      try Folder.make(path)
      try WholeFile.replace(file, with: "new")
      try WholeFile.append("line\n", to: "\(path)/grown")
    }
    func permissions(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    for path in ["\(folder.path)/a", path] { #expect(try permissions(path) == mode) }
    for path in [file, "\(path)/grown"] { #expect(try permissions(path) == mode & 0o666) }
  }

  @Test func whatIsThereStays() throws {
    try Folder.make("\(folder.path)/a")
    try WholeFile.replace("\(folder.path)/a/x", with: "kept")
    try Folder.make("\(folder.path)/a/b/")
    try Folder.make("\(folder.path)//a")
    #expect(Folder.names(in: "\(folder.path)/a") == ["b", "x"])
    #expect(Folder.names(in: "\(folder.path)/none") == [])
    #expect(try WholeFile.text("\(folder.path)/a/x") == "kept")
  }

  @Test func aFileIsNoFolder() throws {
    try WholeFile.replace("\(folder.path)/x", with: "")
    let error = #expect(throws: FileError.self) {
      try Folder.make(
        "\(folder.path)/x/y", advice: FileAdvice(elsewhere: "give another --output"))
    }
    #expect(
      error?.description
        == "cannot make the folder \(folder.path)/x: Not a directory; check the path, or give another "
        + "--output")
  }

  @Test func whatAPathLiesIn() {
    for (path, expected) in [("a/b", "a"), ("/a", "/"), ("a", "."), ("/a/b/c", "/a/b")] {
      #expect(Folder.containing(path) == expected)
    }
  }
}
