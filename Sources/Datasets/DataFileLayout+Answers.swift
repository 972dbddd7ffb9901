// The answers of a data file.

import Checkpointing
import Numerics

extension DataFileLayout {
  /// A class more than the greatest label, unless the file names its classes.
  static let mostClasses = 1 << 12

  /// All answers of a split. Labels of the training split say how many classes there are, where they have no names.
  func answers(of split: Split) throws(DatasetError) -> Answers {
    guard split.hasLabels else { return .targets(try targets(of: split)) }
    let labels = try labels(of: split)
    let classCount = try classCount(
      split.name == training.name ? labels : self.labels(of: training))
    if let place = labels.firstIndex(where: { $0 < 0 || $0 >= classCount }) {
      throw .malformed(
        path: path,
        problem:
          "\(split.answers.name)[\(place)] is \(labels[place]): labels are 0 ... \(classCount - 1)"
          + (classNames == nil
            ? ", as those of \(training.answers.name) are" : ", one for each of class_names"))
    }
    return .labels(labels.map { ClassLabel($0) }, classCount: classCount)
  }

  private func classCount(_ labels: [Int64]) throws(DatasetError) -> Int {
    let (least, most) = (labels.min()!, labels.max()!)
    func problem(_ text: String) -> DatasetError { .malformed(path: path, problem: text) }
    if least < 0 {
      throw problem(
        "\(training.answers.name)[\(labels.firstIndex(of: least)!)] is \(least): labels are 0, 1, 2 and so on"
      )
    }
    if least == most {
      throw problem(
        "all of \(training.answers.name) are \(most): there must be two classes at least")
    }
    let count = classNames.map { Int64($0.count) } ?? most + 1
    guard count <= Self.mostClasses else {
      throw problem(
        "\(training.answers.name)[\(labels.firstIndex(of: most)!)] is \(most): at most \(Self.mostClasses) classes are possible"
      )
    }
    return Int(count)
  }

  private func labels(of split: Split) throws(DatasetError) -> [Int64] {
    let values = AlignedBuffer<Int64>(count: split.count)
    try reported { try file.read(split.answers, rows: 0..<split.count, into: values.view) }
    return (0..<split.count).map { values[$0] }
  }

  private func targets(of split: Split) throws(DatasetError) -> TargetValues {
    let rows = StoredRows(
      try numbers(of: split.answers) as SharedBuffer<Float>, rowSize: split.answers.rowSize)
    try requireFinite(rows, split.answers)
    return TargetValues(rows: rows, choice: RowChoice(first: 0, count: split.count))
  }

  /// All numbers of an array, read a slab at a time.
  func numbers<Element: StoredNumber>(of array: StoredArray) throws(DatasetError)
    -> SharedBuffer<Element>
  {
    let (count, size) = (array.shape[0], array.rowSize)
    let buffer = SharedBuffer<Element>(count: count * size)
    let slab = max(1, (16 << 20) / size)
    for first in stride(from: 0, to: count, by: slab) {
      let rows = first..<min(count, first + slab)
      try reported {
        try file.read(array, rows: rows, into: buffer.view.slice(first * size, rows.count * size))
      }
    }
    return buffer
  }

  /// Throws where a number is none, telling its place.
  func requireFinite(_ rows: StoredRows<Float>, _ array: StoredArray) throws(DatasetError) {
    for row in 0..<rows.count {
      let values = rows[row]
      guard let place = values.firstIndex(where: { !$0.isFinite }) else { continue }
      var indices: [Int] = []
      var rest = place
      for extent in array.shape.dropFirst().reversed() {
        indices.insert(rest % extent, at: 0)
        rest /= extent
      }
      let index = ([row] + indices).map(String.init).joined(separator: ", ")
      throw .malformed(
        path: path,
        problem: "\(array.name)[\(index)] is \(values[place]), which is no number to learn from")
    }
  }
}
