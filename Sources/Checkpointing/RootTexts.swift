// Where the texts are that the root group's attributes of an HDF5 file point to.

import Glibc

/// Texts of any length in attributes of the root group, found without HDF5, in files of the layout that this program and h5py write
/// (superblock 0, object header 1, attribute 1 to 3: HDF5 File Format Specification 3.0, II.A and IV.A). In others none is found.
enum RootTexts {
  /// What an attribute says of a text: its length and the number of its object in a global heap.
  struct Reference {
    let length: UInt64
    let heap: UInt64
    let index: UInt32
  }

  private enum Message {
    static let attribute: UInt16 = 0x0C
    static let continuation: UInt16 = 0x10
  }

  /// More blocks or bytes has no header that anybody writes.
  private static let (mostBlocks, mostBytes) = (64, 1 << 20)

  static func find(in file: Int32) -> [Reference] {
    guard let head = bytes(file, at: 0, count: 80), head.number(8, UInt8.self) == 0 else {
      return []
    }
    let header = head.number(64, UInt64.self)
    guard let prefix = bytes(file, at: header, count: 16), prefix.number(0, UInt8.self) == 1 else {
      return []
    }
    var blocks = [(place: header &+ 16, size: UInt64(prefix.number(8, UInt32.self)))]
    var found: [Reference] = []
    var next = 0
    while next < blocks.count, next < mostBlocks {
      let (place, size) = blocks[next]
      next += 1
      guard size <= UInt64(mostBytes), let block = bytes(file, at: place, count: Int(size)) else {
        continue
      }
      var offset = 0
      while offset + 8 <= block.count {
        let kind = block.number(offset, UInt16.self)
        let begin = offset + 8
        let end = begin + Int(block.number(offset + 2, UInt16.self))
        guard end <= block.count else { break }
        let message = Array(block[begin..<end])
        if kind == Message.continuation, message.count >= 16 {
          blocks.append((message.number(0, UInt64.self), message.number(8, UInt64.self)))
        } else if kind == Message.attribute {
          found += texts(ofAttribute: message)
        }
        offset = end
      }
    }
    return found
  }

  /// Those of an attribute's message.
  private static func texts(ofAttribute message: [UInt8]) -> [Reference] {
    guard message.count >= 8, 1...3 ~= message[0] else { return [] }
    let version = message[0]
    let sizes = [2, 4, 6].map { Int(message.number($0, UInt16.self)) }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) & ~7 : size }
    let type = (version == 3 ? 9 : 8) + padded(sizes[0])
    let data = type + padded(sizes[1]) + padded(sizes[2])
    // Class 9 is of any length, its kind 1 text.
    guard type + 2 <= message.count, message[type] & 15 == 9, message[type + 1] & 15 == 1,
      data <= message.count
    else { return [] }
    return stride(from: data, to: message.count - 15, by: 16).compactMap { place in
      let heap = message.number(place + 4, UInt64.self)
      return heap == 0 || heap == .max
        ? nil
        : Reference(
          length: UInt64(message.number(place, UInt32.self)), heap: heap,
          index: message.number(place + 12, UInt32.self))
    }
  }

  private static func bytes(_ file: Int32, at place: UInt64, count: Int) -> [UInt8]? {
    guard let place = off_t(exactly: place), count > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(file, &bytes, count, place) == count ? bytes : nil
  }
}

extension [UInt8] {
  /// A little-endian number that lies at `offset`.
  fileprivate func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
    withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
  }
}
