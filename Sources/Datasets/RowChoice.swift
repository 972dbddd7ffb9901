// Which rows of a file belong to a split.

/// Some rows: a run of them, or any in any order.
struct RowChoice: Sendable {
  let count: Int
  private let first: Int
  private let numbers: [Int32]?

  init(first: Int, count: Int) { (self.first, self.count, numbers) = (first, count, nil) }

  init(numbers: [Int32]) { (first, count, self.numbers) = (0, numbers.count, numbers) }

  /// The row behind place `index`.
  @inline(__always)
  subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "image \(index) of \(count)")
    return numbers.map { Int($0[index]) } ?? first + index
  }

  /// Whether all are among `rowCount` rows.
  func fits(_ rowCount: Int) -> Bool {
    numbers?.allSatisfy { $0 >= 0 && $0 < rowCount } ?? (first >= 0 && first + count <= rowCount)
  }
}
