// The images of a data file.

import Checkpointing
import Numerics

/// Makes images of the splits of a file, all rows of a split or some of them.
struct DataFileReader {
  private let layout: DataFileLayout
  private let training: Answers

  init(_ layout: DataFileLayout) throws(DatasetError) {
    self.layout = layout
    training = try layout.answers(of: layout.training)
  }

  /// All images of a split; none of a split that there is not.
  func images(_ split: DataFileLayout.Split?) throws(DatasetError) -> LabeledImages {
    guard let split else { return try images(layout.training, RowChoice(first: 0, count: 0)) }
    return try images(split, RowChoice(first: 0, count: split.count))
  }

  func images(_ split: DataFileLayout.Split, _ rows: RowChoice) throws(DatasetError)
    -> LabeledImages
  {
    let all =
      split.name == layout.training.name ? training : try layout.answers(of: split)
    let answers = all.chosen(rows)
    guard split.inputs.kind == .uint8 else {
      let inputs: StoredRows<Float> = try self.rows(of: split.inputs)
      try layout.requireFinite(inputs, split.inputs)
      return LabeledImages(shape: layout.shape, rows: inputs, choice: rows, answers: answers)
    }
    let inputs: StoredRows<UInt8> = try self.rows(of: split.inputs)
    return LabeledImages(shape: layout.shape, rows: inputs, choice: rows, answers: answers)
  }

  private func rows<Element: StoredNumber>(of array: StoredArray) throws(DatasetError)
    -> StoredRows<Element>
  {
    guard let offset = array.offset, offset % MemoryLayout<Element>.alignment == 0 else {
      return try UnpackedArray.rows(of: array, layout)
    }
    return try StoredRows(
      mapping: layout.path, offset: offset, rowSize: array.rowSize, count: array.shape[0])
  }
}
