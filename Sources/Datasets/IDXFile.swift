// The IDX format: a big-endian header, then unsigned bytes.

import Numerics

/// Readers of IDX files of unsigned bytes, plain or gzipped.
package enum IDXFile {
  /// Reads images (magic 0x00000803: count, rows, columns) that must be `counts.reduce(+)` of
  /// `shape`.
  ///
  /// Returns the pixels of the first `counts[0]` images, of the next `counts[1]`, ..., and the
  /// SHA-256 of the uncompressed content.
  package static func readImages(
    path: String, shape: ImageShape, counts: [Int]
  ) throws(DatasetError) -> (parts: [[UInt8]], digest: String) {
    precondition(shape.channels == 1, "IDXFile: \(shape.channels) channels")
    var stream = try ContentStream(path: path)
    let header = try readHeader(of: &stream, dimensionCount: 3, kind: "images")
    let count = counts.reduce(0, +)
    guard header == [count, shape.height, shape.width] else {
      throw .malformed(
        path: path,
        problem: "has \(header[0]) images of \(header[1])x\(header[2]),"
          + " should have \(count) of \(shape.height)x\(shape.width)")
    }
    var parts: [[UInt8]] = []
    for count in counts { parts.append(try stream.readBytes(count * shape.count)) }
    return (parts, try stream.finish())
  }

  /// Reads labels (magic 0x00000801: count) that must be `counts.reduce(+)`, each below `classCount`.
  package static func readLabels(
    path: String, classCount: Int, counts: [Int]
  ) throws(DatasetError) -> (parts: [[UInt8]], digest: String) {
    var stream = try ContentStream(path: path)
    let header = try readHeader(of: &stream, dimensionCount: 1, kind: "labels")
    let count = counts.reduce(0, +)
    guard header == [count] else {
      throw .malformed(path: path, problem: "has \(header[0]) labels, should have \(count)")
    }
    var parts: [[UInt8]] = []
    var first = 0
    for count in counts {
      let labels = try stream.readBytes(count)
      try checkLabels(labels, below: classCount, firstIndex: first, path: path)
      parts.append(labels)
      first += count
    }
    return (parts, try stream.finish())
  }

  private static func readHeader(
    of stream: inout ContentStream, dimensionCount: Int, kind: String
  ) throws(DatasetError) -> [Int] {
    func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
    let magic = try stream.readBytes(4)
    // Third byte: 8, unsigned bytes. Fourth byte: the number of dimensions.
    guard magic == [0, 0, 8, UInt8(dimensionCount)] else {
      let digits = magic.map { String($0 + 0, radix: 16) }.joined(separator: " ")
      throw .malformed(
        path: stream.path,
        problem: "not an IDX file of \(kind): begins with bytes \(digits),"
          + " not 0 0 8 \(dimensionCount)")
    }
    let header = try stream.readBytes(4 * dimensionCount)
    return (0..<dimensionCount).map { bigEndian(header[4 * $0..<4 * $0 + 4]) }
  }
}

/// Refuses a label outside 0 ..< classCount, naming where it is.
func checkLabels(
  _ labels: [UInt8], below classCount: Int, firstIndex: Int, path: String
) throws(DatasetError) {
  guard let index = labels.firstIndex(where: { Int($0) >= classCount }) else { return }
  throw .malformed(
    path: path,
    problem: "label \(labels[index]) of image \(firstIndex + index) is not one of"
      + " 0 ... \(classCount - 1)")
}
