// A file's bytes by their places, for what is looked at without HDF5.

import Files
import Glibc
import Numerics

/// A file open for reading in pieces.
struct FileBytes: ~Copyable {
  let path: String
  let size: Int
  private let file: Int32

  init(_ path: String) throws(FileError) {
    self.path = path
    file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("read", path) }
    let end = lseek(file, 0, SEEK_END)
    guard end >= 0 else {
      let error = FileError("read", path)
      close(file)
      throw error
    }
    size = Int(end)
  }

  deinit { close(file) }

  /// `count` bytes; nil where the file has not as many.
  func bytes(at place: UInt64, count: Int) -> [UInt8]? {
    guard count > 0, place <= UInt64(size), count <= size - Int(place) else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(file, &bytes, count, off_t(place)) == count ? bytes : nil
  }

  /// Overwrites the beginning of `bytes` with what the file has from `place` on, and returns how much that is.
  func read(at place: Int, into bytes: inout [UInt8]) throws(FileError) -> Int {
    let count = pread(file, &bytes, bytes.count, off_t(place))
    if count < 0 { throw FileError("read", path) }
    return count
  }

  /// Overwrites all of `bytes`; false where the file has not as many from `place` on, or cannot be read.
  func read(at place: Int, into bytes: VectorView<UInt8>) -> Bool {
    pread(file, bytes.baseAddress, bytes.count, off_t(place)) == bytes.count
  }

  /// Where `signature` lies, of what begins at multiples of 8 bytes as HDF5's heaps do. Reads the file once, by pieces.
  func places(of signature: UInt64) throws(FileError) -> [UInt64] {
    var piece = [UInt8](repeating: 0, count: Self.pieceSize)
    var places: [UInt64] = []
    var start = 0
    while true {
      let count = try read(at: start, into: &piece)
      places += piece.withUnsafeBytes { bytes in
        stride(from: 0, to: count - 7, by: 8).filter {
          bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self).littleEndian == signature
        }.map { UInt64(start + $0) }
      }
      if count < Self.pieceSize { return places }
      start += count
    }
  }

  private static let pieceSize = 1 << 20

  func damage(_ what: String) -> CheckpointError {
    CheckpointError("\(path) is damaged: \(what); use another file", isDamage: true)
  }
}

extension [UInt8] {
  /// A little-endian number that lies at `offset`.
  func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
    withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
  }
}
