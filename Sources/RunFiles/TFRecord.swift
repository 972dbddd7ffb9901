// Records with checksums, one behind the other: what event files are made of.

/// TFRecord framing: length (8 bytes), masked CRC-32C of the length (4), data, masked CRC-32C of the data
/// (4), little-endian (TensorFlow, "TFRecord and tf.train.Example").
package enum TFRecord {
  package static func frame(_ data: some Collection<UInt8>) -> [UInt8] {
    let length = littleEndian(UInt64(data.count), 8)
    return length + littleEndian(UInt64(maskedChecksum(length)), 4) + data
      + littleEndian(UInt64(maskedChecksum(data)), 4)
  }

  /// The data of all whole records at the beginning of a file; it ends at the first that is cut off or
  /// damaged.
  package static func records(of file: [UInt8]) -> [ArraySlice<UInt8>] {
    var records: [ArraySlice<UInt8>] = []
    var place = 0
    while file.count - place >= 16 {
      let head = file[place..<place + 8]
      let length = number(head)
      guard number(file[place + 8..<place + 12]) == UInt64(maskedChecksum(head)),
        length <= UInt64(file.count - place - 16)
      else { break }
      let data = file[place + 12..<place + 12 + Int(length)]
      guard number(file[data.endIndex..<data.endIndex + 4]) == UInt64(maskedChecksum(data)) else {
        break
      }
      records.append(data)
      place = data.endIndex + 4
    }
    return records
  }

  private static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// CRC-32C (Castagnoli), rotated by 15 bits and moved by a constant, so that a checksum of data that
  /// holds checksums stays strong.
  package static func maskedChecksum(_ data: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(data)
    return ((checksum >> 15) | (checksum << 17)) &+ 0xA282_EAD8
  }

  package static func checksum(_ data: some Sequence<UInt8>) -> UInt32 {
    var checksum: UInt32 = .max
    for byte in data {
      checksum = table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] ^ (checksum >> 8)
    }
    return ~checksum
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
    }
  }
}
