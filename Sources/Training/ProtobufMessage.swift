// Protocol buffers and TFRecords, as far as event files need them.

/// A message being written, field by field (protobuf.dev, "Encoding").
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case bits64 = 1
    case length = 2
    case bits32 = 5
  }

  mutating func add(_ field: Int, _ value: Int) {
    open(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    open(field, .bits64)
    littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    open(field, .bits32)
    littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  /// A packed list.
  mutating func add(_ field: Int, _ values: [Double]) {
    var packed = ProtobufMessage()
    for value in values { packed.littleEndian(value.bitPattern) }
    add(field, packed.bytes)
  }

  private mutating func add(_ field: Int, _ content: [UInt8]) {
    open(field, .length)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func open(_ field: Int, _ wire: Wire) {
    varint(UInt64(field) << 3 | wire.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func littleEndian<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// The first varint of field `field` in a message; nil where there is none or the message is broken.
  static func firstVarint(of field: Int, in message: ArraySlice<UInt8>) -> UInt64? {
    var rest = message
    while let key = takeVarint(&rest) {
      switch Wire(rawValue: key & 7) {
      case .varint:
        guard let value = takeVarint(&rest) else { return nil }
        if key >> 3 == UInt64(field) { return value }
      case .bits64: rest = rest.dropFirst(8)
      case .bits32: rest = rest.dropFirst(4)
      case .length:
        guard let count = takeVarint(&rest), count <= UInt64(rest.count) else { return nil }
        rest = rest.dropFirst(Int(count))
      case nil: return nil
      }
    }
    return nil
  }

  private static func takeVarint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}

/// TFRecord framing: length (8 bytes), masked CRC-32C of the length (4), data, masked CRC-32C of the data
/// (4), little-endian (TensorFlow, "TFRecord and tf.train.Example").
enum TFRecord {
  static func frame(_ data: some Collection<UInt8>) -> [UInt8] {
    let length = littleEndian(UInt64(data.count), 8)
    return length + littleEndian(UInt64(maskedChecksum(length)), 4) + data
      + littleEndian(UInt64(maskedChecksum(data)), 4)
  }

  /// The data of all whole records at the beginning of a file; it ends at the first that is cut off or
  /// damaged.
  static func records(of file: [UInt8]) -> [ArraySlice<UInt8>] {
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
  static func maskedChecksum(_ data: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(data)
    return ((checksum >> 15) | (checksum << 17)) &+ 0xA282_EAD8
  }

  static func checksum(_ data: some Sequence<UInt8>) -> UInt32 {
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
