// Protocol buffers and TFRecords, as far as event files need them.

/// A message being written, field by field (protobuf.dev, "Encoding").
package struct ProtobufMessage {
  package init() {}

  package private(set) var bytes: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case bits64 = 1
    case length = 2
    case bits32 = 5
  }

  package mutating func add(_ field: Int, _ value: Int) {
    open(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Double) {
    open(field, .bits64)
    littleEndian(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: Float) {
    open(field, .bits32)
    littleEndian(value.bitPattern)
  }

  package mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  package mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  /// A packed list.
  package mutating func add(_ field: Int, _ values: [Double]) {
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
  package static func firstVarint(of field: Int, in message: ArraySlice<UInt8>) -> UInt64? {
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
