// The binary version of CIFAR: records of label bytes and the red, green and blue planes.

import Host
import Numerics

/// Files of equally many records, mapped into memory: all processes of a machine share one copy.
final class MappedRecords: Sendable {
  let shape: ImageShape
  /// Label bytes of a record, of which the last (CIFAR-100's fine one) counts.
  private let labelByteCount: Int
  private let recordsPerFile: Int
  private let files: [MappedFile]

  private var recordSize: Int { labelByteCount + shape.count }

  /// Maps `paths`, each of exactly `recordsPerFile` records with labels below `classCount`.
  init(
    paths: [String], recordsPerFile: Int, shape: ImageShape, labelByteCount: Int, classCount: Int
  ) throws(DatasetError) {
    self.shape = shape
    self.labelByteCount = labelByteCount
    self.recordsPerFile = recordsPerFile
    let recordSize = labelByteCount + shape.count
    var mapped: [MappedFile] = []
    for path in paths {
      mapped.append(try Self.map(path, recordCount: recordsPerFile, recordSize: recordSize))
    }
    files = mapped
    for (file, path) in paths.enumerated() {
      let labels = (0..<recordsPerFile).map { label(of: file * recordsPerFile + $0) }
      try checkLabels(labels, below: classCount, firstIndex: 0, path: path)
    }
  }

  private static func map(_ path: String, recordCount: Int, recordSize: Int)
    throws(DatasetError) -> MappedFile
  {
    let wanted = recordCount * recordSize
    return try MappedFile.ofData(path) { size in
      size == wanted
        ? nil
        : "has \(size) bytes, should have \(wanted) (\(recordCount) records of \(recordSize))"
    }
  }

  func label(of record: Int) -> UInt8 {
    files[record / recordsPerFile].bytes[
      record % recordsPerFile * recordSize + labelByteCount - 1]
  }

  /// Bytes of a record's image, channel x row x column.
  func pixels(of record: Int) -> UnsafeBufferPointer<UInt8> {
    let start = record % recordsPerFile * recordSize + labelByteCount
    return UnsafeRawBufferPointer(
      rebasing: files[record / recordsPerFile].bytes[start..<start + shape.count]
    ).assumingMemoryBound(to: UInt8.self)
  }
}
