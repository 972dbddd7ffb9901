// Files that may be gzipped, through zlib.

import CZlib
import Glibc

/// A file open for reading, decompressed where its content is gzip's, whatever its name. zlib checks each member's CRC and length.
struct GzipFile: ~Copyable {
  let path: String
  private let file: gzFile

  init(path: String) throws(DatasetError) {
    self.path = path
    guard let file = gzopen(path, "re") else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    gzbuffer(file, 1 << 17)
    self.file = file
  }

  deinit { gzclose_r(file) }

  /// Overwrites `buffer` with the next bytes of content; returns fewer than asked only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    precondition(buffer.count <= 1 << 30, "GzipFile: \(buffer.count) bytes at once")
    let count = Int(gzread(file, buffer.baseAddress, UInt32(buffer.count)))
    if count < buffer.count { try check() }
    return count
  }

  private func check() throws(DatasetError) {
    var status: Int32 = 0
    let text = gzerror(file, &status).map { String(cString: $0) } ?? ""
    switch status {
    case Z_OK, Z_STREAM_END: return
    case Z_ERRNO: throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    case Z_BUF_ERROR: throw .malformed(path: path, problem: "truncated: the gzip data breaks off")
    default:
      // zlib's text begins with the path.
      let reason = text.hasPrefix("\(path): ") ? String(text.dropFirst(path.count + 2)) : text
      throw .malformed(path: path, problem: "corrupt gzip data: \(reason)")
    }
  }
}
