// The content of a data file, read from front to back, with its digest.

import Files
import Glibc

/// The bytes of a file, decompressed on the way where they are gzip's.
///
/// Read it to its end and call ``finish()``: only then is the end of the file, and of its gzip
/// checksums, known to be right.
struct ContentStream: ~Copyable {
  private let file: GzipFile
  private var digest: SHA256? = SHA256()
  /// Bytes of content delivered so far.
  private(set) var position = 0

  var path: String { file.path }

  init(path: String) throws(DatasetError) { file = try GzipFile(path: path) }

  /// Overwrites `buffer` with the next bytes; returns fewer than asked only at the end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    // In pieces, so that each is hashed while the cache still holds it.
    let pieceSize = 1 << 18
    var count = 0
    while count < buffer.count {
      let wanted = min(pieceSize, buffer.count - count)
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + wanted])
      let got = try file.read(into: piece)
      digest!.update(UnsafeRawBufferPointer(rebasing: piece[..<got]))
      count += got
      if got < wanted { break }
    }
    position += count
    return count
  }

  /// The next `count` bytes.
  mutating func readBytes(_ count: Int) throws(DatasetError) -> [UInt8] {
    let begin = position
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard got == count else {
      throw .malformed(
        path: path,
        problem: "truncated: \(begin + got) bytes of content, at least \(begin + count) expected")
    }
    return bytes
  }

  /// Checks that the content ends here and returns its SHA-256.
  mutating func finish() throws(DatasetError) -> String {
    let end = position
    var extra: [UInt8] = [0]
    let count = try extra.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard count == 0 else {
      throw .malformed(path: path, problem: "longer than the \(end) bytes it should have")
    }
    return digest.take()!.hexDigest()
  }

  /// The SHA-256 of a file's whole content.
  static func digest(of path: String) throws(DatasetError) -> String {
    var stream = try ContentStream(path: path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while try stream.read(into: buffer) == buffer.count {}
    return try stream.finish()
  }
}
