// One layer of a perceptron, backward to its input.

import Numerics

extension PerceptronLayer {
  /// Outputs that are summed over at a time where rows are few.
  private static let innerBlock = 256

  /// Numbers of scratch that a thread needs for ``backward(_:scratch:)``.
  var backwardScratch: Int {
    guard inputGradient != nil else { return 0 }
    return hasManyRows
      ? LeftFactor.scratchCount(rows: Self.blockRows, inner: width, as: factors)
      : LeftFactor.scratchCount(rows: input.rows, inner: Self.innerBlock, as: factors)
        + RightFactor.wordCount(
          inner: Self.innerBlock, columns: TileProduct.columns, as: factors)
  }

  /// What must be done before ``backward(_:scratch:)``, in any order: some of ``preparations(panelsOf:)``.
  func prepareBackward(_ range: Range<Int>) {
    guard hasManyRows else { return makeGradient(range) }
    guard inputGradient != nil else { return }
    for panel in range {
      _ = RightFactor.pack(
        weight.columns(Self.panel(panel, of: inputWidth)), as: factors,
        into: packedPanel(panel, inner: width))
    }
  }

  /// Overwrites ``inputGradient`` of some of ``pieces(panelsOf:)`` and sums up for the normalization below; of many rows,
  /// turns ``gradient`` into that of y too.
  func backward(_ range: Range<Int>, scratch: FloatView) {
    if hasManyRows {
      forEachBlock(range) { rows in
        makeGradient(rows)
        guard let inputGradient else { return }
        let left = LeftFactor(gradient.rows(rows), as: factors, scratch: scratch)
        for index in 0..<Self.panelCount(inputWidth) {
          let panel = Self.panel(index, of: inputWidth)
          let place = panel.lowerBound..<Self.end(of: panel, in: inputGradient)
          TileProduct.multiply(
            left, RightFactor(packed: packedPanel(index, inner: width), columns: panel.count),
            words: factors.words(width), as: factors,
            into: inputGradient.rows(rows).columns(place), accumulating: isSkipped)
          below?.sumBackward(inputGradient, rows, columns: place)
        }
      }
    } else if let inputGradient {
      let rows = 0..<input.rows
      let count = LeftFactor.scratchCount(
        rows: rows.count, inner: Self.innerBlock, as: factors)
      let words = scratch.slice(count, scratch.count - count)
      for start in stride(from: 0, to: width, by: Self.innerBlock) {
        let outputs = start..<min(width, start + Self.innerBlock)
        let left = LeftFactor(gradient.columns(outputs), as: factors, scratch: scratch)
        for index in range {
          let panel = Self.panel(index, of: inputWidth)
          TileProduct.multiply(
            left,
            RightFactor(weight.rows(outputs), columns: panel, as: factors, scratch: words),
            words: factors.words(outputs.count), as: factors,
            into: inputGradient.columns(
              panel.lowerBound..<Self.end(of: panel, in: inputGradient)),
            accumulating: isSkipped || start > 0)
        }
      }
      for index in range {
        let panel = Self.panel(index, of: inputWidth)
        below?.sumBackward(
          inputGradient, rows,
          columns: panel.lowerBound..<Self.end(of: panel, in: inputGradient))
      }
    }
  }

  /// Turns ``gradient`` of some rows into that of y; what a skip connection carries back becomes ``inputGradient``.
  private func makeGradient(_ rows: Range<Int>) {
    if isSkipped { inputGradient?.rows(rows).copy(from: gradient.rows(rows)) }
    normalization?.backward(gradient, rows, leak: leak)
  }
}
