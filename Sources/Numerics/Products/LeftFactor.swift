// The factor of a product whose rows become the result's.

import CInstructions

/// Rows over numbers to sum, word by word: a Float, or a pair of bfloat16.
public struct LeftFactor: Sendable {
  let words: FloatView
  /// From a row's word to the next row's, and from one to the next word of the row.
  let rowStep: Int
  let wordStep: Int

  /// The rows of a matrix.
  ///
  /// - Parameter scratch: overwritten where numbers are pairs; ``scratchCount(rows:inner:as:)`` words. Keep it until
  ///   the product is done.
  public init(_ matrix: MatrixView, as type: ElementType, scratch: FloatView) {
    guard type == .bfloat16 else {
      self.init(words: matrix.values, rowStep: matrix.step, wordStep: 1)
      return
    }
    let step = MatrixView.padded(type.words(matrix.columns))
    let place = scratch.slice(0, matrix.rows * step)
    hyperdist_pack_neighbours(
      matrix.values.baseAddress, matrix.step, matrix.rows, matrix.columns, place.baseAddress, step)
    self.init(words: scratch, rowStep: step, wordStep: 1)
  }

  /// The columns of a matrix: its transpose's rows. `scratch` as above, with rows and columns in each other's place.
  public init(columnsOf matrix: MatrixView, as type: ElementType, scratch: FloatView) {
    guard type == .bfloat16 else {
      self.init(words: matrix.values, rowStep: 1, wordStep: matrix.step)
      return
    }
    let step = MatrixView.padded(matrix.columns)
    let place = scratch.slice(0, type.words(matrix.rows) * step)
    hyperdist_pack_rows(
      matrix.values.baseAddress, matrix.step, matrix.columns, matrix.rows, 1, place.baseAddress,
      step)
    self.init(words: scratch, rowStep: 1, wordStep: step)
  }

  private init(words: FloatView, rowStep: Int, wordStep: Int) {
    self.words = words
    self.rowStep = rowStep
    self.wordStep = wordStep
  }

  /// The factor without its first rows.
  public func dropFirst(_ rows: Int) -> LeftFactor {
    LeftFactor(
      words: words.slice(rows * rowStep, words.count - rows * rowStep), rowStep: rowStep,
      wordStep: wordStep)
  }

  /// Words of scratch for `rows` rows of `inner` numbers.
  public static func scratchCount(rows: Int, inner: Int, as type: ElementType) -> Int {
    type == .bfloat16
      ? max(
        rows * MatrixView.padded(type.words(inner)), type.words(inner) * MatrixView.padded(rows))
      : 0
  }
}
