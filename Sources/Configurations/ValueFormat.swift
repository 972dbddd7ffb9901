// How a value of one type is read from YAML, refused, and written.

import Hypernetworks

/// The YAML form of values of one type: what is allowed, how a node is read, how a value is written.
struct ValueFormat<Value>: Sendable {
  /// What is allowed, as a message and the documentation say it: `an integer, at least 1`.
  let allowed: String
  /// Reads a node; adds what is wrong with it to the problems and returns nil if it cannot.
  let read: @Sendable (Entry, inout Problems) -> Value?
  /// The canonical text: one line, or several that belong below their key.
  let write: @Sendable (Value) -> Text
}

extension ValueFormat {
  /// A format of one scalar. `parse` returns nil for a text that is no such value.
  static func scalar(
    _ allowed: String, write: @escaping @Sendable (Value) -> String,
    parse: @escaping @Sendable (String) -> Value?
  ) -> ValueFormat {
    ValueFormat(
      allowed: allowed,
      read: { entry, problems in
        guard let text = entry.text else {
          let found = entry.node.scalar != nil ? "no value" : "a list or mapping"
          problems.add(entry, "\(found) (allowed: \(allowed))")
          return nil
        }
        guard let value = parse(text) else {
          problems.add(entry, "'\(text)' is not allowed (allowed: \(allowed))")
          return nil
        }
        return value
      },
      write: { .inline(write($0)) })
  }
}

extension ValueFormat where Value: FixedWidthInteger & Sendable {
  static func integer(_ range: ClosedRange<Value>) -> ValueFormat {
    let allowed =
      range.upperBound == .max
      ? "an integer, at least \(range.lowerBound)"
      : "an integer, \(range.lowerBound) to \(range.upperBound)"
    return .scalar(
      allowed, write: { "\($0)" },
      parse: { text in Value(text).flatMap { range.contains($0) ? $0 : nil } })
  }
}

extension ValueFormat where Value: BinaryFloatingPoint & LosslessStringConvertible & Sendable {
  /// Finite numbers that lie in `range` after rounding to `Value`.
  static func number(_ range: NumberRange) -> ValueFormat {
    .scalar("a number, \(range.allowed)", write: yamlNumber) { text in
      Value(text).flatMap { $0.isFinite && range.contains(Double($0)) ? $0 : nil }
    }
  }

  /// The shortest text that reads back as the same value, with a point before any exponent, without
  /// which YAML 1.1 readers take it for a string.
  @Sendable
  private static func yamlNumber(_ value: Value) -> String {
    let text = "\(value)"
    if text.hasSuffix(".0") { return String(text.dropLast(2)) }
    guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }
}

extension ValueFormat where Value == Bool {
  static let boolean = ValueFormat.scalar(
    "true or false", write: { "\($0)" },
    parse: { text in
      switch text.lowercased() {
      case "true", "on", "yes": true
      case "false", "off", "no": false
      default: nil
      }
    })
}

extension ValueFormat where Value == Gauge {
  /// The gauge's name, or true for the scale and false for none.
  static let gauge = ValueFormat.scalar(
    Gauge.allCases.map(\.rawValue).joined(separator: ", ") + "; true: scale, false: none",
    write: \.rawValue,
    parse: { text in
      switch text.lowercased() {
      case "true", "on", "yes": .scale
      case "false", "off", "no": Gauge.none
      default: Gauge(rawValue: text)
      }
    })
}

extension ValueFormat where Value: RawRepresentable<String> & CaseIterable & Sendable {
  /// One of the type's cases. `later` are values of the contract that this version lacks.
  static func choice(later: [String] = []) -> ValueFormat {
    let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
    let cases = ValueFormat.scalar(allowed, write: \.rawValue) { Value(rawValue: $0) }
    return ValueFormat(
      allowed: cases.allowed,
      read: { entry, problems in
        if let text = entry.text, later.contains(text) {
          problems.add(entry, "'\(text)' is not available in this version (allowed: \(allowed))")
          return nil
        }
        return cases.read(entry, &problems)
      },
      write: cases.write)
  }
}

extension ValueFormat {
  /// A list written on one line.
  static func list<Element>(of element: ValueFormat<Element>, _ allowed: String) -> ValueFormat
  where Value == [Element] {
    ValueFormat(
      allowed: allowed,
      read: { entry, problems in
        guard let sequence = entry.node.sequence else {
          problems.add(entry, "not a list (allowed: \(allowed))")
          return nil
        }
        let values = sequence.enumerated().map { index, node in
          element.read(entry.element(index, node), &problems)
        }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
      },
      write: { values in
        .inline("[" + values.map { element.write($0).joined }.joined(separator: ", ") + "]")
      })
  }
}
