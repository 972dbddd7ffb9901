// Operators that move numbers about.

extension GraphBuilder {
  /// `shape` may have one -1: whatever remains.
  func reshape(_ value: String, _ shape: [Int], as name: String? = nil) -> String {
    add("Reshape", [value, integers(shape)], as: name)
  }

  func transpose(_ value: String, _ order: [Int], as name: String? = nil) -> String {
    add("Transpose", [value], ["perm": .integers(order)], as: name)
  }

  func insertAxis(_ value: String, at axis: Int, as name: String? = nil) -> String {
    add("Unsqueeze", [value, integers([axis])], as: name)
  }

  /// Parts of so many rows along an axis; the whole where that is the only one.
  func split(_ value: String, _ counts: [Int], axis: Int) -> [String] {
    counts.count == 1
      ? [value]
      : add("Split", [value, integers(counts)], ["axis": .integer(axis)], outputs: counts.count)
  }

  func concatenate(_ values: [String], axis: Int) -> String {
    values.count == 1 ? values[0] : add("Concat", values, ["axis": .integer(axis)])
  }

  /// The mean over some axes, which stay as axes of one element, or go.
  func mean(_ value: String, axes: [Int], keeps: Bool, as name: String? = nil) -> String {
    add(
      "ReduceMean", [value], ["axes": .integers(axes), "keepdims": .integer(keeps ? 1 : 0)],
      as: name)
  }
}
