// Files that change while they are read as memory.

import Foundation
import Host
import Testing

@Suite struct MappedFileTests {
  private static func make(_ bytes: Int) -> String {
    var template = Array("/tmp/hyperdist-test-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    ftruncate(file, off_t(bytes))
    close(file)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test func theBytesAreTheFiles() throws {
    let path = Self.make(0)
    defer { unlink(path) }
    try Data("abc".utf8).write(to: URL(filePath: path))
    let file = try MappedFile(path)
    #expect(Array(file.bytes) == Array("abc".utf8))
    let empty = Self.make(0)
    defer { unlink(empty) }
    #expect(try MappedFile(empty).bytes.count == 0)
    #expect(throws: MappedFile.Failure.self) { _ = try MappedFile(path + ".none") }
    #expect(throws: CancellationError.self) {
      _ = try MappedFile(path) { _ in throw CancellationError() }
    }
  }

  @Test func aFileCutShortEndsTheProgramWithOneLine() async throws {
    let result = try await #require(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) {
      let path = Self.make(100_000)
      let file = try MappedFile(path)
      truncate(path, 10)
      unlink(path)
      exit(file.bytes[90_000] == 0 ? 7 : 8)
    }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("hyperdist: ") }
    #expect(lines.count == 1 && lines[0].contains("was cut short"), "\(text)")
  }

  /// Other faults are what they were.
  @Test func otherAddressesAreNoneOfItsBusiness() async throws {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      let file = try MappedFile(Self.make(10))
      let path = Self.make(100_000)
      let descriptor = open(path, O_RDONLY)
      let other = mmap(nil, 100_000, PROT_READ, MAP_SHARED, descriptor, 0)!
      truncate(path, 10)
      unlink(path)
      unlink(file.path)
      exit(other.load(fromByteOffset: 90_000, as: UInt8.self) == 0 ? 7 : 8)
    }
  }
}
