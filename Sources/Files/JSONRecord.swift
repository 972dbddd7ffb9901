// Objects whose members are declared once, for writing and for reading.

/// A value that is a JSON object. A member that is missing or of another type leaves what ``init()`` gives.
public protocol JSONRecord: JSONConvertible {
  init()
  /// In the order in which they are written.
  static var fields: [JSONField<Self>] { get }
}

extension JSONRecord {
  public var members: [(String, JSONValue)] { Self.fields.map { $0.member(of: self) } }

  public var json: JSONValue { .object(members) }

  public init?(json: JSONValue) {
    guard case .object = json else { return nil }
    self.init()
    for field in Self.fields { field.read(json, into: &self) }
  }
}
