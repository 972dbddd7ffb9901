// Reading a data file piece by piece.

import Files
import Glibc

/// A file open for reading as it is.
struct InputFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  init(path: String) throws(DatasetError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
  }

  deinit { close(descriptor) }

  /// Overwrites `buffer` with the next bytes; returns fewer than asked only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var count = 0
    while count < buffer.count {
      let status = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
      if status == 0 { break }
      if status > 0 {
        count += status
      } else if errno != EINTR {
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
    }
    return count
  }

  /// The SHA-256 of a file's bytes, compressed as they may be.
  static func digest(of path: String) throws(DatasetError) -> String {
    let file = try InputFile(path: path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    var digest = SHA256()
    while case let count = try file.read(into: buffer), count > 0 {
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return digest.hexDigest()
  }
}
