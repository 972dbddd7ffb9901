// One layer of a perceptron, forward.

import Numerics

extension PerceptronLayer {
  /// Numbers of scratch that a thread needs for ``forward(_:scratch:)``.
  var forwardScratch: Int {
    LeftFactor.scratchCount(
      rows: hasManyRows ? Self.blockRows : input.rows, inner: inputWidth, as: factors)
      + RightFactor.wordCount(
        inner: hasManyRows ? 0 : inputWidth, columns: TileProduct.columns, as: factors)
  }

  /// What must be done before ``forward(_:scratch:)``, in any order: some of ``preparations(panelsOf:)``.
  func prepareForward(_ range: Range<Int>) {
    guard hasManyRows else { return makeInput(range) }
    for panel in range {
      _ = RightFactor.packTransposed(
        weight.rows(Self.panel(panel, of: width)), as: factors,
        into: packedPanel(panel, inner: inputWidth))
    }
  }

  /// Overwrites the output, and the sums for its normalization, of some of ``pieces(panelsOf:)``; of many rows the input too.
  func forward(_ range: Range<Int>, scratch: FloatView) {
    if hasManyRows {
      forEachBlock(range) { rows in
        makeInput(rows)
        let left = LeftFactor(input.rows(rows), as: factors, scratch: scratch)
        for index in 0..<Self.panelCount(width) {
          let panel = Self.panel(index, of: width)
          multiply(
            left,
            RightFactor(packed: packedPanel(index, inner: inputWidth), columns: panel.count), rows,
            panel)
        }
      }
    } else {
      let rows = 0..<input.rows
      let left = LeftFactor(input, as: factors, scratch: scratch)
      let count = LeftFactor.scratchCount(rows: rows.count, inner: inputWidth, as: factors)
      let words = scratch.slice(count, scratch.count - count)
      for index in range {
        let panel = Self.panel(index, of: width)
        multiply(
          left, RightFactor.packTransposed(weight.rows(panel), as: factors, into: words), rows,
          panel)
      }
    }
  }

  private func makeInput(_ rows: Range<Int>) {
    below?.normalize(rows, skipped: skippedInput, into: input)
  }

  private func multiply(
    _ left: LeftFactor, _ right: RightFactor, _ rows: Range<Int>, _ panel: Range<Int>
  ) {
    let place = panel.lowerBound..<Self.end(of: panel, in: output)
    TileProduct.multiply(
      left, right, words: factors.words(inputWidth), as: factors,
      into: output.rows(rows).columns(place))
    normalization?.activate(rows, columns: place, leak: leak)
  }

  /// Where the columns of a panel end, those included that a matrix is filled up with.
  static func end(of panel: Range<Int>, in matrix: MatrixView) -> Int {
    min(MatrixView.padded(panel.upperBound), matrix.columns)
  }
}
