// The members of a zip file, such as NumPy's .npz.

import CZlib
import Glibc

/// A zip file open for reading: its directory, and its members as streams (APPNOTE 6.3, stored or deflated).
final class ZipArchive {
  struct Member {
    let name: String
    /// 0: stored, 8: deflated.
    let method: Int
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    let headerOffset: Int
  }

  let path: String
  private(set) var members: [Member] = []
  private let descriptor: Int32
  private let size: Int

  init(path: String) throws(DatasetError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    size = Int(status.st_size)
    try readDirectory()
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// `count` bytes from `offset` on.
  func bytes(_ offset: Int, _ count: Int) throws(DatasetError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset + count <= size else { throw damaged }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset + done))
      }
      guard got > 0 else { throw damaged }
      done += got
    }
    return bytes
  }

  /// A member's content from its beginning.
  func stream(_ member: Member) throws(DatasetError) -> ZipStream {
    let header = try bytes(member.headerOffset, 30)
    guard Self.number(header, 0, 4) == 0x0403_4B50 else { throw damaged }
    let begin =
      member.headerOffset + 30 + Self.number(header, 26, 2) + Self.number(header, 28, 2)
    guard begin + member.compressedSize <= size else { throw damaged }
    return try ZipStream(self, member, begin: begin)
  }

  var damaged: DatasetError {
    .malformed(path: path, problem: "is no zip file, or is damaged; save it again with numpy.savez")
  }

  private static func number(_ bytes: [UInt8], _ place: Int, _ size: Int) -> Int {
    (0..<size).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }

  private func readDirectory() throws(DatasetError) {
    // The end of the directory, and a comment of up to 64 KiB behind it.
    let tail = min(size, 66_000)
    let end = try bytes(size - tail, tail)
    guard tail >= 22,
      let place = (0...tail - 22).reversed().first(where: {
        Self.number(end, $0, 4) == 0x0605_4B50
      })
    else { throw damaged }
    var (count, offset) = (Self.number(end, place + 10, 2), Self.number(end, place + 16, 4))
    if count == 0xFFFF || offset == 0xFFFF_FFFF {
      guard place >= 20, Self.number(end, place - 20, 4) == 0x0706_4B50 else { throw damaged }
      let wide = try bytes(Self.number(end, place - 12, 8), 56)
      (count, offset) = (Self.number(wide, 32, 8), Self.number(wide, 48, 8))
    }
    for _ in 0..<count {
      let entry = try bytes(offset, 46)
      guard Self.number(entry, 0, 4) == 0x0201_4B50 else { throw damaged }
      let (nameLength, extraLength) = (Self.number(entry, 28, 2), Self.number(entry, 30, 2))
      let rest = try bytes(offset + 46, nameLength + extraLength)
      members.append(try Self.member(entry, rest, nameLength: nameLength, damaged))
      offset += 46 + nameLength + extraLength + Self.number(entry, 32, 2)
    }
  }

  private static func member(
    _ entry: [UInt8], _ rest: [UInt8], nameLength: Int, _ damaged: DatasetError
  ) throws(DatasetError) -> Member {
    var (compressed, size, header) = (
      number(entry, 20, 4), number(entry, 24, 4), number(entry, 42, 4)
    )
    // Sizes beyond 32 bits are in an extra field, those that are meant alone.
    var place = nameLength
    while place + 4 <= rest.count {
      let (kind, length) = (number(rest, place, 2), number(rest, place + 2, 2))
      guard place + 4 + length <= rest.count else { throw damaged }
      if kind == 1 {
        var from = place + 4
        func wide(_ value: Int) throws(DatasetError) -> Int {
          guard value == 0xFFFF_FFFF else { return value }
          guard from + 8 <= place + 4 + length else { throw damaged }
          defer { from += 8 }
          return number(rest, from, 8)
        }
        size = try wide(size)
        compressed = try wide(compressed)
        header = try wide(header)
      }
      place += 4 + length
    }
    return Member(
      name: String(decoding: rest[..<nameLength], as: UTF8.self), method: number(entry, 10, 2),
      checksum: UInt32(number(entry, 16, 4)), compressedSize: compressed, size: size,
      headerOffset: header)
  }
}
