// One layer of a perceptron on this rank's rows: where its tensors lie, and how its work is divided.

import Numerics

/// y = x W^T, and in a hidden layer a = max(y, leak * y), with the normalization of a left to the layer above,
/// which runs when all ranks' sums are known. Rows are (local sample, filter), or some of those.
///
/// No number's bits depend on how the work is divided. Where there are many rows, W is brought into the products' layout once for all of
/// them and the work goes by rows; where there are few, by columns, and each part of W is read once for all rows.
struct PerceptronLayer: Sendable {
  let leaves: RowLeaves
  let leak: Float
  /// What products multiply.
  let factors: ElementType
  /// (out, in), and where it begins among all parameters.
  let weight: MatrixView
  let weightOffset: Int
  /// (rows, in). A first layer's is written by the caller; a later one's is filled up with zeros to a multiple of sixteen columns.
  let input: MatrixView
  /// (rows, out): of a hidden layer what its normalization reads, filled up likewise.
  let output: MatrixView
  /// dL / d(what comes out, a hidden layer's normalization included), laid out as ``output``; the last layer's is written
  /// by the caller.
  let gradient: MatrixView
  /// dL / d input; nil where nobody asks for it.
  let inputGradient: MatrixView?
  /// What makes ``input`` of the layer below; nil for a first layer.
  let below: HiddenNormalization?
  /// What is added to that: the input of the layer below, if that layer has a skip connection.
  let skippedInput: MatrixView?
  /// Nil for a last layer.
  let normalization: HiddenNormalization?
  /// Whether this layer's input is added to its normalized output.
  let isSkipped: Bool
  /// Where W lies for the products of many rows.
  let packed: FloatView

  var inputWidth: Int { weight.columns }
  var width: Int { weight.rows }
  var hasManyRows: Bool { Self.isMany(input.rows) }

  var gradientFactors: GradientFactors {
    GradientFactors(
      leaves: leaves, type: factors, gradient: gradient, input: input, outputs: width,
      inputs: inputWidth, offset: weightOffset)
  }

  static func isMany(_ rows: Int) -> Bool { rows > 128 }

  /// Words of ``packed``.
  static func packedCount(rows: Int, inputWidth: Int, width: Int, factors: ElementType) -> Int {
    guard isMany(rows) else { return 0 }
    return max(
      RightFactor.wordCount(inner: inputWidth, columns: width, as: factors),
      RightFactor.wordCount(inner: width, columns: inputWidth, as: factors))
  }

  /// Rows that are taken through all columns before the next ones, so that they stay in the second-level cache.
  static let blockRows = 96

  /// Columns `panel` of a matrix of `columns` columns, as wide as one product takes.
  static func panel(_ panel: Int, of columns: Int) -> Range<Int> {
    let width = TileProduct.columns
    return panel * width..<min(columns, (panel + 1) * width)
  }

  static func panelCount(_ columns: Int) -> Int {
    (columns + TileProduct.columns - 1) / TileProduct.columns
  }

  /// Runs of ``leaves``, or of panels, that are one piece of work each; shorter ones where threads would find none.
  func pieces(panelsOf columns: Int, threadCount: Int) -> [Range<Int>] {
    func runs(of count: Int, most: Int) -> [Range<Int>] {
      Self.runs(of: count, length: max(1, min(most, count / threadCount)))
    }
    return hasManyRows
      ? runs(of: leaves.runs.count, most: Self.blockRows / leaves.longest)
      : runs(of: Self.panelCount(columns), most: 4)
  }

  /// What is prepared before them: runs of panels to pack, or all rows.
  func preparations(panelsOf columns: Int) -> [Range<Int>] {
    hasManyRows ? Self.runs(of: Self.panelCount(columns), length: 8) : [0..<input.rows]
  }

  static func runs(of count: Int, length: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
  }

  /// Where a panel of W, packed over `inner` numbers, lies.
  func packedPanel(_ panel: Int, inner: Int) -> FloatView {
    let start =
      panel
      * RightFactor.wordCount(
        inner: inner, columns: TileProduct.columns, as: factors)
    return packed.slice(start, packed.count - start)
  }

  /// Calls `body` with blocks of the rows of some runs of ``leaves``.
  @inline(__always)
  func forEachBlock(_ runs: Range<Int>, _ body: (Range<Int>) -> Void) {
    let rows = leaves.rows(of: runs)
    var start = rows.lowerBound
    while start < rows.upperBound {
      body(start..<min(rows.upperBound, start + Self.blockRows))
      start += Self.blockRows
    }
  }
}
