// Reading a data file piece by piece.

import Glibc

/// A file open for reading.
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
}
