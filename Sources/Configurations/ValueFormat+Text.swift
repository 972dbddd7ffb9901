// Any text as a setting's value.

extension ValueFormat where Value == String {
  /// A text, written in quotation marks.
  static let text = ValueFormat(
    allowed: "a text",
    read: { entry, problems in
      guard let text = entry.node.scalar?.string else {
        problems.add(entry, "a list or mapping (allowed: a text)")
        return nil
      }
      return text
    },
    write: { value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n").replacing("\t", with: "\\t")
      return .inline("\"\(escaped)\"")
    })
}
