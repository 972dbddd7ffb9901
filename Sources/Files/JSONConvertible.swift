// What stands in a JSON text and comes back from it.

/// A value with one form in JSON, by which it is written and read.
public protocol JSONConvertible {
  var json: JSONValue { get }
  /// Nil where `json` is no such value.
  init?(json: JSONValue)
}

extension String: JSONConvertible {
  public var json: JSONValue { .string(self) }
  public init?(json: JSONValue) {
    guard let text = json.text else { return nil }
    self = text
  }
}

extension Bool: JSONConvertible {
  public var json: JSONValue { .bool(self) }
  public init?(json: JSONValue) {
    guard case .bool(let value) = json else { return nil }
    self = value
  }
}

extension Int: JSONConvertible {
  public var json: JSONValue { .integer(self) }
  public init?(json: JSONValue) {
    guard case .integer(let value) = json else { return nil }
    self = value
  }
}

extension UInt64: JSONConvertible {
  public var json: JSONValue { .unsigned(self) }
  public init?(json: JSONValue) {
    switch json {
    case .unsigned(let value): self = value
    case .integer(let value) where value >= 0: self = UInt64(value)
    default: return nil
    }
  }
}

extension Double: JSONConvertible {
  public var json: JSONValue { .number(self) }
  public init?(json: JSONValue) {
    guard let number = json.number else { return nil }
    self = number
  }
}

extension JSONValue: JSONConvertible {
  public var json: JSONValue { self }
  public init?(json: JSONValue) { self = json }
}

/// Nothing is null.
extension Optional: JSONConvertible where Wrapped: JSONConvertible {
  public var json: JSONValue { self?.json ?? .null }
  public init?(json: JSONValue) {
    if case .null = json {
      self = .none
    } else if let value = Wrapped(json: json) {
      self = value
    } else {
      return nil
    }
  }
}

extension Array: JSONConvertible where Element: JSONConvertible {
  public var json: JSONValue { .array(map(\.json)) }
  public init?(json: JSONValue) {
    guard let elements = json.elements else { return nil }
    let values = elements.compactMap { Element(json: $0) }
    guard values.count == elements.count else { return nil }
    self = values
  }
}
