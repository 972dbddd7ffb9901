// Links that change their target in one step.

import Files
import TestSupport
import Testing

@Suite struct SymbolicLinkTests {
  private let folder = TestFolder()

  @Test func linksAreReplaced() throws {
    let link = "\(folder.path)/latest"
    #expect(SymbolicLink.target(link) == nil)
    for target in ["a", "b/c", String(repeating: "long/", count: 200) + "end"] {
      try SymbolicLink.replace(link, target: target)
      #expect(SymbolicLink.target(link) == target)
    }
    #expect(Folder.names(in: folder.path) == ["latest"])
    #expect(FileKind(of: link) == .missing)
  }

  @Test func kindsOfFiles() throws {
    try WholeFile.replace("\(folder.path)/file", with: "")
    try SymbolicLink.replace("\(folder.path)/link", target: "file")
    #expect(FileKind(of: "\(folder.path)/link") == .file)
    #expect(FileKind(of: folder.path) == .folder)
    #expect(FileKind(of: "/dev/null") == .device)
    #expect(FileKind(of: "\(folder.path)/none") == .missing)
  }
}
