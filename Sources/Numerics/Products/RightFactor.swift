// The factor of a product whose columns become the result's.

import CInstructions

/// Some columns over numbers to sum, word by word: a Float, or a pair of bfloat16; rows of words may be read up to a multiple of
/// sixteen columns.
public struct RightFactor: Sendable {
  let words: FloatView
  /// From one number's (or pair's) row of words to the next.
  let step: Int

  /// Some columns of a matrix of (numbers summed, columns): as they lie, where they are to be Floats and rows reach to a multiple of
  /// sixteen columns, and else packed into `scratch`.
  public init(
    _ matrix: MatrixView, columns: Range<Int>, as type: ElementType, scratch: FloatView
  ) {
    let end = MatrixView.padded(columns.upperBound)
    guard type == .float32 && end <= matrix.columns else {
      self = Self.pack(matrix.columns(columns), as: type, into: scratch)
      return
    }
    words = matrix.columns(columns.lowerBound..<end).values
    step = matrix.step
  }

  /// What ``pack(_:as:into:)`` or ``packTransposed(_:as:into:)`` left of so many columns.
  public init(packed words: FloatView, columns: Int) {
    self.words = words
    step = MatrixView.padded(columns)
  }

  /// Words that `columns` columns of `inner` numbers take.
  public static func wordCount(inner: Int, columns: Int, as type: ElementType) -> Int {
    type.words(inner) * MatrixView.padded(columns)
  }

  /// Overwrites `words` with a matrix of (numbers summed, columns).
  public static func pack(_ matrix: MatrixView, as type: ElementType, into words: FloatView)
    -> RightFactor
  {
    let count = wordCount(inner: matrix.rows, columns: matrix.columns, as: type)
    precondition(words.count >= count, "RightFactor: \(count) words into \(words.count)")
    let factor = RightFactor(packed: words, columns: matrix.columns)
    hyperdist_pack_rows(
      matrix.values.baseAddress, matrix.step, matrix.columns, matrix.rows,
      type == .bfloat16 ? 1 : 0, words.baseAddress, factor.step)
    return factor
  }

  /// Overwrites `words` with the transpose of a matrix of (columns, numbers summed).
  public static func packTransposed(
    _ matrix: MatrixView, as type: ElementType, into words: FloatView
  ) -> RightFactor {
    let count = wordCount(inner: matrix.columns, columns: matrix.rows, as: type)
    precondition(words.count >= count, "RightFactor: \(count) words into \(words.count)")
    let factor = RightFactor(packed: words, columns: matrix.rows)
    for column in stride(from: 0, to: matrix.rows, by: 16) {
      hyperdist_pack_columns(
        matrix.values.baseAddress + column * matrix.step, matrix.step,
        min(16, matrix.rows - column), matrix.columns, type == .bfloat16 ? 1 : 0,
        words.baseAddress + column, factor.step)
    }
    return factor
  }
}
