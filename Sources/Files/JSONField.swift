// A member of an object, declared once for writing and for reading.

/// A member of the JSON objects that are made of `Record`s: its name, how it is written and how it is read.
public struct JSONField<Record>: Sendable {
  public let name: String
  private let write: @Sendable (Record) -> JSONValue
  private let read: @Sendable (JSONValue, inout Record) -> Void

  public init<Value: JSONConvertible>(
    _ name: String, _ path: WritableKeyPath<Record, Value> & Sendable
  ) {
    self.name = name
    write = { $0[keyPath: path].json }
    read = { json, record in
      if let value = Value(json: json) { record[keyPath: path] = value }
    }
  }

  /// The same member of records that hold a `Record`.
  public func of<Outer>(_ path: WritableKeyPath<Outer, Record> & Sendable) -> JSONField<Outer> {
    JSONField<Outer>(
      name: name, write: { write($0[keyPath: path]) },
      read: { read($0, &$1[keyPath: path]) })
  }

  private init(
    name: String, write: @escaping @Sendable (Record) -> JSONValue,
    read: @escaping @Sendable (JSONValue, inout Record) -> Void
  ) {
    (self.name, self.write, self.read) = (name, write, read)
  }

  func member(of record: Record) -> (String, JSONValue) { (name, write(record)) }

  /// Takes the member from an object; one that is missing or of another type changes nothing.
  public func read(_ object: JSONValue, into record: inout Record) {
    if let value = object[name] { read(value, &record) }
  }
}
