// Decompression of gzip data through zlib, piece by piece.

import CZlib
import Glibc

/// Inflates the gzip members of an open file one after the other. zlib checks each member's CRC and
/// length.
struct Inflater: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  /// Between two members, where the file may end.
  private var isAtBoundary = false
  private var hasEnded = false

  init() {
    input = .allocate(byteCount: 1 << 16, alignment: 64)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, + 16 for gzip framing.
    let status = inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib: inflateInit2 failed with \(status)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Overwrites `output` with the next bytes; returns fewer than asked only at the end.
  mutating func read(
    into output: UnsafeMutableRawBufferPointer, from file: borrowing InputFile
  ) throws(DatasetError) -> Int {
    var produced = 0
    while produced < output.count && !hasEnded {
      if stream.pointee.avail_in == 0 {
        let count = try file.read(into: input)
        if count == 0 {
          guard isAtBoundary else {
            throw .malformed(path: file.path, problem: "truncated: the gzip data breaks off")
          }
          hasEnded = true
          break
        }
        stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      if isAtBoundary {
        inflateReset(stream)
        isAtBoundary = false
      }
      let room = min(output.count - produced, 1 << 30)
      stream.pointee.next_out =
        (output.baseAddress! + produced).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      produced += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isAtBoundary = true
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw .malformed(path: file.path, problem: "corrupt gzip data: \(reason)")
      }
    }
    return produced
  }
}
