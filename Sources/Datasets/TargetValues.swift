// Numbers that networks are to predict.

import Numerics

/// `outputCount` numbers for each image of a set, in the units of their file.
public struct TargetValues: Sendable {
  /// Numbers of an image.
  public let outputCount: Int
  /// What targets are normalized by when they are copied; nil: by nothing. A prediction p of a normalized target is
  /// p * deviation + mean in the file's units.
  public internal(set) var normalization: ChannelNormalization?
  private let rows: StoredRows<Float>
  private let choice: RowChoice

  public var count: Int { choice.count }

  init(rows: StoredRows<Float>, choice: RowChoice) {
    precondition(choice.fits(rows.count), "TargetValues: \(choice) of \(rows.count) rows")
    outputCount = rows.rowSize
    self.rows = rows
    self.choice = choice
  }

  /// `values` are (images, outputs).
  public init(outputCount: Int, values: [Float]) {
    let rows = StoredRows(values, rowSize: outputCount)
    self.init(rows: rows, choice: RowChoice(first: 0, count: rows.count))
  }

  /// Those of some rows of a file of which these are all.
  func chosen(_ choice: RowChoice) -> TargetValues { TargetValues(rows: rows, choice: choice) }

  /// Number `output` of image `index`, as the file has it.
  public func value(_ index: Int, _ output: Int) -> Float { row(index)[output] }

  /// The numbers of image `index`, as the file has them.
  func row(_ index: Int) -> UnsafeBufferPointer<Float> { rows[choice[index]] }

  /// Overwrites `values`, one for each output, with image `index`'s, normalized. Allocates nothing.
  public func copy(_ index: Int, into values: FloatView) {
    precondition(
      values.count == outputCount, "TargetValues: \(outputCount) into \(values.count) elements")
    let row = row(index)
    for output in 0..<outputCount { values[output] = row[output] }
    normalization?.apply(to: values)
  }
}
