// Files are replaced in one step or not at all.

import Files
import Foundation
import TestSupport
import Testing

@Suite struct WholeFileTests {
  private let folder = TestFolder()
  private var path: String { "\(folder.path)/file" }

  @Test func whatIsWrittenIsRead() throws {
    #expect(try WholeFile.text(path) == nil)
    try WholeFile.append("a\n", to: path)
    try WholeFile.append("ü\n", to: path)
    #expect(try WholeFile.text(path) == "a\nü\n")
    try WholeFile.replace(path, with: [0, 255, 10])
    #expect(try WholeFile.bytes(path) == [0, 255, 10])
    try WholeFile.replace(path, with: "")
    #expect(try WholeFile.bytes(path) == [])
    #expect(Folder.names(in: folder.path) == ["file"])
  }

  /// A folder in the place of the unfinished file: it cannot be made, even by root.
  @Test func afterAFailureTheOldFileIsThere() throws {
    try WholeFile.replace(path, with: "old")
    try Folder.make(path + PartialFile.suffix)
    #expect(throws: FileError.self) { try WholeFile.replace(path, with: "new") }
    #expect(try WholeFile.text(path) == "old")
  }

  /// A folder under the file's own name: all is written, but it cannot get its name.
  @Test func whatCannotBePublishedIsRemoved() throws {
    try Folder.make("\(path)/inside")
    let error = #expect(throws: FileError.self) { try WholeFile.replace(path, with: "new") }
    #expect(error?.path == path)
    #expect(Folder.names(in: folder.path) == ["file"])
    #expect(Folder.names(in: path) == ["inside"])
  }

  /// Pieces of more bytes than are given to the disk at a time, in an order of their own.
  @Test func piecesMayComeInAnyOrder() throws {
    let bytes = (0..<37_000_001).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }
    let partial = PartialFile(for: path)
    try partial.create()
    try bytes.withUnsafeBytes { all in
      try partial.write { (put) throws(FileError) in
        for range in [
          9_000_000..<9_500_000, 0..<9_000_000, 30_000_000..<37_000_001, 9_500_000..<30_000_000,
        ] {
          try put(UnsafeRawBufferPointer(rebasing: all[range]), range.lowerBound)
        }
      }
    }
    try partial.publish()
    #expect(try WholeFile.bytes(path) == bytes)
  }

  @Test func afterAFullDiskTheOldFileIsThere() throws {
    try WholeFile.replace(path, with: "old")
    let partial = PartialFile(for: path, advice: FileAdvice(elsewhere: "give another --run-dir"))
    try partial.create()
    let error = #expect(throws: FileError.self) { try partial.reserve(1 << 60) }
    #expect([EFBIG, ENOSPC].contains(try #require(error).number))
    #expect(error?.description.hasPrefix("cannot write \(1 << 60) bytes to \(path): ") == true)
    partial.discard()
    #expect(try WholeFile.text(path) == "old")
    #expect(Folder.names(in: folder.path) == ["file"])
  }

  @Test func adviceIsTheCallers() {
    let run = FileAdvice(
      elsewhere: "give another --run-dir", afterwards: "continue with --resume auto")
    func text(_ number: Int32, _ advice: FileAdvice) -> String {
      FileError("write", "a", number: number, advice: advice).description
    }
    #expect(
      text(ENOSPC, run)
        == "cannot write a: No space left on device; free some space there, then continue with --resume auto"
    )
    #expect(
      text(EFBIG, .general)
        == "cannot write a: File too large; raise the limit on file sizes (`ulimit -f`), or choose another "
        + "place")
    #expect(
      text(EACCES, run)
        == "cannot write a: Permission denied; check its permissions, or give another --run-dir")
  }
}
