// Where HDF5 keeps texts of any length, looked through before HDF5 does.

import Files
import Glibc

/// The global heaps of an HDF5 file (HDF5 File Format Specification 3.0, III.E). HDF5 1.10 never comes back from one that is damaged so that
/// an object has no extent, and overruns its memory where an attribute says that its text is shorter than the object is.
enum GlobalHeaps {
  /// "GCOL", version 1, three bytes of zeros.
  private static let signature: UInt64 = 0x0000_0001_4C4F_4347
  private static let headerSize = 16
  private static let pieceSize = 1 << 20

  /// Sizes of objects, by their heap's place in the file and their number there.
  private typealias Objects = [UInt64: [UInt16: UInt64]]

  /// Throws where an object of a heap has no extent or leaves its heap, and where a text of the root group's attributes is not as long as its
  /// object. Reads the file once, by pieces.
  static func check(_ path: String) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("read", path) }
    defer { close(file) }
    var piece = [UInt8](repeating: 0, count: pieceSize)
    var place = 0
    var objects: Objects = [:]
    while true {
      let count = pread(file, &piece, pieceSize, off_t(place))
      if count < 0 { throw FileError("read", path) }
      // Heaps begin at multiples of 8 bytes.
      let found = piece.withUnsafeBytes { bytes in
        stride(from: 0, to: count - 7, by: 8).filter {
          bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self).littleEndian == signature
        }
      }
      for offset in found {
        objects[UInt64(place + offset)] = try sizes(file, at: place + offset, path)
      }
      if count < pieceSize { break }
      place += count
    }
    if objects.isEmpty { return }
    for text in RootTexts.find(in: file) {
      let object = objects[text.heap]?[UInt16(truncatingIfNeeded: text.index)]
      guard text.index <= UInt16.max, object == text.length else {
        throw CheckpointError(
          "\(path) is damaged: a text in it is not as long as its attribute says; use another file",
          isDamage: true)
      }
    }
  }

  /// Sizes of a heap's objects by their numbers.
  private static func sizes(_ file: Int32, at place: Int, _ path: String) throws -> [UInt16: UInt64]
  {
    var sizes: [UInt16: UInt64] = [:]
    func number(at offset: Int) -> (index: UInt16, size: UInt64)? {
      var bytes = [UInt8](repeating: 0, count: headerSize)
      guard pread(file, &bytes, headerSize, off_t(place + offset)) == headerSize else { return nil }
      return bytes.withUnsafeBytes {
        (
          $0.loadUnaligned(as: UInt16.self).littleEndian,
          $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian
        )
      }
    }
    let heap = number(at: 0)?.size ?? 0
    var offset = UInt64(headerSize)
    while heap >= UInt64(headerSize), offset <= heap - UInt64(headerSize) {
      guard let object = number(at: Int(offset)) else { return sizes }
      // Object 0 is what is free, its header included; others are padded to 8 bytes.
      let (padded, isTooLong) = object.size.addingReportingOverflow(7)
      let extent = object.index == 0 ? object.size : UInt64(headerSize) &+ (padded & ~7)
      guard extent > 0, !isTooLong, extent <= heap - offset else {
        throw CheckpointError(
          "\(path) is damaged: a text in it has no end (HDF5: global heap at \(place)); use another file",
          isDamage: true)
      }
      if object.index > 0 { sizes[object.index] = object.size }
      offset += extent
    }
    return sizes
  }
}
