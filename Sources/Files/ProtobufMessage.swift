// Protocol buffers, as far as files of this program need them.

/// A message being written, field by field (protobuf.dev, "Encoding"). Long content stays in pieces of its own, which messages of
/// messages share.
package struct ProtobufMessage {
  package init() {}

  /// What the message consists of, one behind the other.
  package private(set) var pieces: [[UInt8]] = []
  private var byteCount = 0
  package var bytes: [UInt8] { Array(pieces.joined()) }

  /// From here on content is a piece of its own.
  private static let longContent = 65_536

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

  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    open(field, .length)
    varint(UInt64(message.byteCount))
    for piece in message.pieces { append(piece) }
  }

  /// A packed list.
  package mutating func add(_ field: Int, _ values: [Double]) {
    var packed = ProtobufMessage()
    for value in values { packed.littleEndian(value.bitPattern) }
    add(field, packed.bytes)
  }

  package mutating func add(_ field: Int, _ content: [UInt8]) {
    open(field, .length)
    varint(UInt64(content.count))
    append(content)
  }

  private mutating func append(_ content: [UInt8]) {
    byteCount += content.count
    if content.count < Self.longContent, let last = pieces.indices.last,
      pieces[last].count < Self.longContent
    {
      pieces[last] += content
    } else {
      pieces.append(content)
    }
  }

  private mutating func open(_ field: Int, _ wire: Wire) {
    varint(UInt64(field) << 3 | wire.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var digits: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      digits.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    append(digits + [UInt8(rest)])
  }

  private mutating func littleEndian<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { append(Array($0)) }
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
