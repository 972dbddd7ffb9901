// One member of a zip file, read from front to back.

import CZlib

/// A member's bytes, inflated on the way; at its end its checksum must be right.
final class ZipStream {
  private let archive: ZipArchive
  private let member: ZipArchive.Member
  private var place: Int
  private let end: Int
  private var delivered = 0
  private var checksum = crc32(0, nil, 0)
  private var inflater = z_stream()
  private var input: [UInt8] = []
  private var inputPlace = 0

  var name: String { member.name }
  var size: Int { member.size }

  init(_ archive: ZipArchive, _ member: ZipArchive.Member, begin: Int) throws(DatasetError) {
    (self.archive, self.member, place, end) = (
      archive, member, begin, begin + member.compressedSize
    )
    guard member.method == 0 || member.method == 8 else {
      throw .malformed(
        path: archive.path, problem: "\(member.name) is compressed in a way that NumPy does not")
    }
    // Negative: without a header of zlib's own.
    if member.method == 8 {
      inflateInit2_(&inflater, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }
  }

  deinit { if member.method == 8 { inflateEnd(&inflater) } }

  /// The next `count` bytes, all of them.
  func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    guard delivered + count <= member.size else { throw truncated }
    let bytes = member.method == 0 ? try stored(count) : try inflated(count)
    delivered += count
    checksum = bytes.withUnsafeBufferPointer { crc32(checksum, $0.baseAddress, UInt32(count)) }
    if delivered == member.size, UInt32(checksum) != member.checksum { throw archive.damaged }
    return bytes
  }

  private var truncated: DatasetError {
    .malformed(path: archive.path, problem: "\(member.name) is truncated")
  }

  private func stored(_ count: Int) throws(DatasetError) -> [UInt8] {
    guard place + count <= end else { throw truncated }
    defer { place += count }
    return try archive.bytes(place, count)
  }

  private func inflated(_ count: Int) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      if inputPlace == input.count {
        let next = min(1 << 20, end - place)
        guard next > 0 else { throw truncated }
        input = try archive.bytes(place, next)
        (place, inputPlace) = (place + next, 0)
      }
      let (inputCount, begin) = (input.count - inputPlace, done)
      let status = input.withUnsafeMutableBufferPointer { source in
        bytes.withUnsafeMutableBufferPointer { target in
          inflater.next_in = source.baseAddress! + inputPlace
          inflater.avail_in = UInt32(inputCount)
          inflater.next_out = target.baseAddress! + begin
          inflater.avail_out = UInt32(count - begin)
          return inflate(&inflater, Z_NO_FLUSH)
        }
      }
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        throw archive.damaged
      }
      inputPlace += inputCount - Int(inflater.avail_in)
      done = count - Int(inflater.avail_out)
      if status == Z_STREAM_END, done < count { throw truncated }
    }
    return bytes
  }
}
