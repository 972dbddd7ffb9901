// From NumPy's .npz to a data file.

import Checkpointing

/// Finds inputs and answers among the arrays of a .npz by their names, and writes them.
struct NumPyImport {
  private enum Role { case inputs, answers }

  private static let inputs: Set<String> = [
    "inputs", "input", "x", "data", "images", "image", "features",
  ]
  private static let answers: Set<String> = ["labels", "label", "targets", "target", "y"]

  private let options: DataImport
  private let path: String
  private let writer: ArrayFileWriter
  /// Rows that are read at a time hold about so many numbers.
  private static let numbersAtATime = 1 << 20

  init(_ options: DataImport, _ path: String, _ writer: ArrayFileWriter) {
    (self.options, self.path, self.writer) = (options, path, writer)
  }

  func run() throws -> [String] {
    let archive = try ZipArchive(path: path)
    var found: [String: [Role: ZipArchive.Member]] = [:]
    for member in archive.members {
      guard let (split, role) = place(of: member.name) else { continue }
      if let other = found[split, default: [:]][role] {
        throw problem(
          "has two arrays that could be \(split)'s \(role): \(other.name) and \(member.name)")
      }
      found[split, default: [:]][role] = member
    }
    let names = archive.members.map(\.name).joined(separator: ", ")
    guard var training = found["train"] ?? found[""] else {
      throw problem(
        "has no inputs to train on: call the arrays inputs and labels (or targets), or train_inputs, train_labels and so on; it has \(names)"
      )
    }
    // Splits beside arrays without one: those are to train on.
    if found["train"] == nil {
      found[""] = nil
      found["train"] = training
    }
    training = found["train"]!
    let isWhole = found.count == 1
    var notes: [String] = []
    for split in ["train", "validation", "test"] {
      guard let arrays = found[split] else { continue }
      guard let inputs = arrays[.inputs] else { throw problem("has no inputs of \(split)") }
      guard let answers = arrays[.answers] else {
        throw problem("has no labels and no targets of \(split) beside \(inputs.name)")
      }
      let x = try NumPyArray(try archive.stream(inputs), path: path)
      let y = try NumPyArray(try archive.stream(answers), path: path)
      guard x.count == y.count else {
        throw problem("\(inputs.name) has \(x.count) rows and \(answers.name) \(y.count)")
      }
      let assignment =
        isWhole
        ? try options.assignment(of: x.count, path: path)
        : RowAssignment(all: x.count, to: split)
      let text = try [write(x, assignment), writeAnswers(y, assignment)].joined(separator: ", ")
      notes += assignment.splits.map { "\($0.name): \($0.count) rows; \(text)" }
    }
    return notes
  }

  private func problem(_ text: String) -> DatasetError { .malformed(path: path, problem: text) }

  /// `x_train`, `train/inputs` and the like; the split is empty where the name has none.
  private func place(of member: String) -> (split: String, role: Role)? {
    let name = member.hasSuffix(".npy") ? String(member.dropLast(4)) : member
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let splits = [
      "train": "train", "training": "train", "val": "validation", "valid": "validation",
      "validation": "validation", "test": "test",
    ]
    let split = words.compactMap { splits[$0] }.first ?? ""
    let rest = words.filter { splits[$0] == nil }.joined(separator: "_")
    let asked = options.targets + (options.label.map { [$0] } ?? [])
    if asked.contains(name) { return (split, .answers) }
    if Self.inputs.contains(rest) { return (split, .inputs) }
    if asked.isEmpty, Self.answers.contains(rest) { return (split, .answers) }
    return nil
  }

  private func write(_ x: NumPyArray, _ assignment: RowAssignment) throws -> String {
    let row = Array(x.shape.dropFirst())
    let extents: [Int]
    switch (row.count, options.channelsLast) {
    case (1, _): extents = row
    case (2, _): extents = [1] + row
    case (3, false): extents = row
    case (3, true): extents = [row[2], row[0], row[1]]
    default:
      throw problem(
        "\(x.name) has shape \(x.shape): inputs are (count, features), (count, row, column) or (count, channel, row, column)"
      )
    }
    if x.element == .unsigned(1) {
      let parts = try SplitWriter<UInt8>(writer, "inputs", rowShape: extents, assignment)
      try forEachSlab(x) { (count) throws in try parts.append(turned(x.bytes(rows: count), row)) }
      try parts.finish()
      return "\(x.name) are inputs \(extents), uint8"
    }
    let parts = try SplitWriter<Float>(writer, "inputs", rowShape: extents, assignment)
    var first = 0
    try forEachSlab(x) { count throws in
      let values = try x.floats(rows: count)
      try requireFinite(values, x, first)
      first += count
      try parts.append(turned(values, row))
    }
    try parts.finish()
    return "\(x.name) are inputs \(extents), float32"
  }

  /// From (row, column, channel) to (channel, row, column), where that is asked for.
  private func turned<Element>(_ values: [Element], _ row: [Int]) -> [Element] {
    guard options.channelsLast, row.count == 3 else { return values }
    let (pixels, channels) = (row[0] * row[1], row[2])
    return values.indices.map { place in
      let (image, inner) = place.quotientAndRemainder(dividingBy: pixels * channels)
      return values[image * pixels * channels + inner % pixels * channels + inner / pixels]
    }
  }

  private func writeAnswers(_ y: NumPyArray, _ assignment: RowAssignment) throws -> String {
    let isLabel = options.label.map { y.name == $0 } ?? (options.targets.isEmpty && y.isWhole)
    if isLabel {
      guard y.isWhole, y.rowSize == 1 else {
        throw problem("\(y.name) has shape \(y.shape): labels are one whole number a row")
      }
      let parts = try SplitWriter<Int64>(writer, "labels", rowShape: [], assignment)
      try forEachSlab(y) { count throws in try parts.append(y.integers(rows: count)) }
      try parts.finish()
      return "\(y.name) are classes"
    }
    guard y.shape.count <= 2 else {
      throw problem("\(y.name) has shape \(y.shape): targets are (count, outputs)")
    }
    let parts = try SplitWriter<Float>(writer, "targets", rowShape: [y.rowSize], assignment)
    var first = 0
    try forEachSlab(y) { count throws in
      let values = try y.floats(rows: count)
      try requireFinite(values, y, first)
      first += count
      try parts.append(values)
    }
    try parts.finish()
    return "\(y.name) are \(Answers.Kind.targets(count: y.rowSize).text)"
  }

  private func forEachSlab(_ array: NumPyArray, _ body: (Int) throws -> Void) throws {
    let slab = max(1, Self.numbersAtATime / max(1, array.rowSize))
    for first in stride(from: 0, to: array.count, by: slab) {
      try body(min(slab, array.count - first))
    }
  }

  private func requireFinite(_ values: [Float], _ array: NumPyArray, _ firstRow: Int) throws {
    guard let place = values.firstIndex(where: { !$0.isFinite }) else { return }
    let (row, column) = place.quotientAndRemainder(dividingBy: array.rowSize)
    throw problem(
      "\(array.name), row \(firstRow + row), number \(column) of it is \(values[place]) as a 32-bit number"
    )
  }
}
