// The binary version of CIFAR: records of label bytes and the red, green and blue planes.

import Glibc
import Numerics

/// Files of equally many records, mapped into memory: all processes of a machine share one copy.
final class MappedRecords: @unchecked Sendable {
  let shape: ImageShape
  /// Label bytes of a record, of which the last (CIFAR-100's fine one) counts.
  private let labelByteCount: Int
  private let recordsPerFile: Int
  private var files: [UnsafeRawBufferPointer] = []

  private var recordSize: Int { labelByteCount + shape.count }

  /// Maps `paths`, each of exactly `recordsPerFile` records with labels below `classCount`.
  init(
    paths: [String], recordsPerFile: Int, shape: ImageShape, labelByteCount: Int, classCount: Int
  ) throws(DatasetError) {
    self.shape = shape
    self.labelByteCount = labelByteCount
    self.recordsPerFile = recordsPerFile
    for (file, path) in paths.enumerated() {
      files.append(try Self.map(path, recordCount: recordsPerFile, recordSize: recordSize))
      let labels = (0..<recordsPerFile).map { label(of: file * recordsPerFile + $0) }
      try checkLabels(labels, below: classCount, firstIndex: 0, path: path)
    }
  }

  deinit {
    for file in files { munmap(UnsafeMutableRawPointer(mutating: file.baseAddress), file.count) }
  }

  private static func map(_ path: String, recordCount: Int, recordSize: Int)
    throws(DatasetError) -> UnsafeRawBufferPointer
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    let size = recordCount * recordSize
    guard Int(status.st_size) == size else {
      throw .malformed(
        path: path,
        problem: "has \(status.st_size) bytes, should have \(size)"
          + " (\(recordCount) records of \(recordSize))")
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED
    else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    return UnsafeRawBufferPointer(start: start, count: size)
  }

  func label(of record: Int) -> UInt8 {
    files[record / recordsPerFile][record % recordsPerFile * recordSize + labelByteCount - 1]
  }

  /// Bytes of a record's image, channel x row x column.
  func pixels(of record: Int) -> UnsafeBufferPointer<UInt8> {
    let start = record % recordsPerFile * recordSize + labelByteCount
    return UnsafeRawBufferPointer(
      rebasing: files[record / recordsPerFile][start..<start + shape.count]
    ).assumingMemoryBound(to: UInt8.self)
  }
}
