// The rows of one array on their way to the splits of a data file.

import Checkpointing
import Numerics

/// Writes `SPLIT/kind` of each split, from rows that come in the source's order, some at a time.
final class SplitWriter<Element: StoredNumber> {
  private struct Part {
    let name: String
    let shape: [Int]
    var rows: [Element] = []
    var written = 0
  }

  private let writer: ArrayFileWriter
  private let assignment: RowAssignment
  private let rowSize: Int
  private var parts: [Part]
  private var next = 0

  init(
    _ writer: ArrayFileWriter, _ kind: String, rowShape: [Int], _ assignment: RowAssignment
  ) throws {
    (self.writer, self.assignment) = (writer, assignment)
    rowSize = rowShape.reduce(1, *)
    parts = assignment.splits.map { Part(name: "\($0.name)/\(kind)", shape: [$0.count] + rowShape) }
    for part in parts { try writer.create(part.name, shape: part.shape, of: Element.self) }
  }

  /// The next rows, one behind the other.
  func append(_ rows: [Element]) throws {
    for row in 0..<rows.count / max(1, rowSize) {
      parts[assignment.places[next]].rows += rows[row * rowSize..<(row + 1) * rowSize]
      next += 1
    }
    for index in parts.indices where parts[index].rows.count > 4 << 20 { try flush(index) }
  }

  func finish() throws { for index in parts.indices { try flush(index) } }

  private func flush(_ index: Int) throws {
    let part = parts[index]
    let count = part.rows.count / max(1, rowSize)
    if count == 0 { return }
    let buffer = SharedBuffer<Element>(count: part.rows.count)
    buffer.view.copy(from: part.rows)
    try writer.write(
      buffer.view, to: part.name, rows: part.written..<part.written + count, shape: part.shape)
    parts[index].written += count
    parts[index].rows = []
  }
}
