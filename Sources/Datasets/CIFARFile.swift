// The binary version of CIFAR: records of label bytes and the red, green and blue planes.

import TensorCore

/// A reader of CIFAR's binary files.
package enum CIFARFile {
  /// Images and labels read so far.
  package struct Records {
    package var pixels: [UInt8] = []
    package var labels: [UInt8] = []

    package init(capacity: Int, of shape: ImageShape) {
      pixels.reserveCapacity(capacity * shape.count)
      labels.reserveCapacity(capacity)
    }
  }

  /// Reads a file of exactly `count` records and hands each to one of `parts`: the file's record i
  /// is number `firstIndex` + i of its split, and the first `splitIndex` of a split go to parts[0],
  /// the others to parts[1].
  ///
  /// A record is `labelByteCount` labels, of which the last (CIFAR-100's fine one) counts, and the
  /// pixels. Returns the SHA-256 of the file.
  package static func read(
    path: String, count: Int, shape: ImageShape, labelByteCount: Int, classCount: Int,
    firstIndex: Int, splitIndex: Int, into parts: inout [Records]
  ) throws(DatasetError) -> String {
    let recordSize = labelByteCount + shape.count
    var stream = try ContentStream(path: path)
    for index in 0..<count {
      let record: [UInt8]
      do {
        record = try stream.readBytes(recordSize)
      } catch .malformed {
        throw .malformed(
          path: path,
          problem: "has \(stream.position) bytes, should have \(count * recordSize)"
            + " (\(count) records of \(recordSize))")
      }
      let label = record[labelByteCount - 1]
      try checkLabels([label], below: classCount, firstIndex: index, path: path)
      let part = firstIndex + index < splitIndex ? 0 : 1
      parts[part].labels.append(label)
      parts[part].pixels.append(contentsOf: record[labelByteCount...])
    }
    return try stream.finish()
  }
}
