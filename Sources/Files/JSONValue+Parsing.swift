// JSON text read back into values.

extension JSONValue {
  /// The value of a JSON text; nil where it is none. Numbers without point and exponent that fit are
  /// integers; unsigned ones where only these do.
  public init?(parsing text: some StringProtocol) {
    var reader = JSONReader(bytes: Array(text.utf8))
    guard let value = reader.value(), reader.isAtEnd() else { return nil }
    self = value
  }

  /// A member of an object; nil where there is none or this is no object. The last of several counts.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.0 == name }?.1
  }

  public var text: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  public var number: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    default: nil
    }
  }

  public var elements: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }
}

/// A position in a JSON text (RFC 8259).
private struct JSONReader {
  let bytes: [UInt8]
  var place = 0
  /// Arrays and objects that are open.
  var depth = 0

  static let deepest = 200

  mutating func value() -> JSONValue? {
    skipSpace()
    guard place < bytes.count, depth < Self.deepest else { return nil }
    switch bytes[place] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return take("null") ? .null : nil
    default: return number()
    }
  }

  mutating func isAtEnd() -> Bool {
    skipSpace()
    return place == bytes.count
  }

  private mutating func skipSpace() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    guard bytes[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func array() -> JSONValue? {
    place += 1
    depth += 1
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    skipSpace()
    if place < bytes.count, take("]") { return .array([]) }
    while let element = value() {
      elements.append(element)
      skipSpace()
      guard place < bytes.count else { return nil }
      if take("]") { return .array(elements) }
      guard take(",") else { return nil }
    }
    return nil
  }

  private mutating func object() -> JSONValue? {
    place += 1
    depth += 1
    defer { depth -= 1 }
    var members: [(String, JSONValue)] = []
    skipSpace()
    if place < bytes.count, take("}") { return .object([]) }
    while true {
      skipSpace()
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\""), let name = string() else {
        return nil
      }
      skipSpace()
      guard place < bytes.count, take(":"), let value = value() else { return nil }
      members.append((name, value))
      skipSpace()
      guard place < bytes.count else { return nil }
      if take("}") { return .object(members) }
      guard take(",") else { return nil }
    }
  }

  private mutating func number() -> JSONValue? {
    let start = place
    while place < bytes.count, "+-0123456789.eE".utf8.contains(bytes[place]) { place += 1 }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if let value = Int(text), !text.hasPrefix("+") { return .integer(value) }
    if let value = UInt64(text), !text.hasPrefix("+") { return .unsigned(value) }
    guard let value = Double(text), !text.hasPrefix("+"), !text.hasPrefix(".") else { return nil }
    return .number(value)
  }

  private mutating func string() -> String? {
    place += 1
    var units: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let character = escape() else { return nil }
        units += Array(character.utf8)
      case 0..<0x20: return nil
      default: units.append(byte)
      }
    }
    return nil
  }

  /// What stands behind a backslash.
  private mutating func escape() -> String? {
    guard place < bytes.count else { return nil }
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(UnicodeScalar(byte))
    case UInt8(ascii: "u"):
      guard let first = unit() else { return nil }
      guard first & 0xFC00 == 0xD800 else {
        return UnicodeScalar(first).map { String($0) }
      }
      guard place + 1 < bytes.count, take("\\u"), let second = unit(), second & 0xFC00 == 0xDC00
      else { return nil }
      return UnicodeScalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)).map { String($0) }
    default: return nil
    }
  }

  /// Four hexadecimal digits.
  private mutating func unit() -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    let text = String(decoding: bytes[place..<place + 4], as: UTF8.self)
    place += 4
    return text.hasPrefix("+") || text.hasPrefix("-") ? nil : UInt32(text, radix: 16)
  }
}
