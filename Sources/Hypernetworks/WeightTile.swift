// The pieces in which a layer's weight gradient is computed.

import Numerics

/// Some rows (outputs) of one layer's weight.
struct WeightTile: Sendable {
  let factors: GradientFactors
  let outputs: Range<Int>
  /// Parameters besides whose entries the sums over leaves are to be 0.
  let cleared: [Range<Int>]

  /// Whether its rows are cut into leaves of their own.
  var isCut: Bool { factors.leaves.cuts > 1 }

  /// Where its numbers lie among all parameters.
  var range: Range<Int> {
    factors.offset + outputs.lowerBound * factors.inputs..<factors.offset
      + outputs.upperBound * factors.inputs
  }

  private static let mostOutputs = 200
  /// Inputs that are summed over all leaves before the next ones, where rows are many.
  private static let inputBlock = 512

  /// Equal pieces, in whole tiles of registers.
  static func all(of factors: GradientFactors, clearing cleared: [Range<Int>] = [])
    -> [WeightTile]
  {
    if factors.outputs == 0 { return [] }
    let pieces = (factors.outputs + mostOutputs - 1) / mostOutputs
    let tiles = (factors.outputs + pieces * TileProduct.rows - 1) / (pieces * TileProduct.rows)
    return PerceptronLayer.runs(of: factors.outputs, length: tiles * TileProduct.rows).map {
      WeightTile(factors: factors, outputs: $0, cleared: $0.lowerBound == 0 ? cleared : [])
    }
  }

  /// Numbers of scratch that a thread needs for ``sum(_:from:into:scratch:)`` of a node.
  func scratchCount(_ node: StackedSum) -> Int {
    keptCount(node) + leftCount(node) + rightCount(node)
  }

  private func keptCount(_ node: StackedSum) -> Int {
    factors.goesRunByRun
      ? node.depth * outputs.count * inputColumns : TileProduct.sumScratchCount(node.depth)
  }

  /// Of one run, or of all of them where they go together.
  private func leftCount(_ node: StackedSum) -> Int {
    (factors.goesRunByRun ? 1 : node.merges.count)
      * LeftFactor.scratchCount(
        rows: outputs.count, inner: factors.leaves.longest, as: factors.type)
  }

  private func rightCount(_ node: StackedSum) -> Int {
    (factors.goesRunByRun ? 1 : node.merges.count)
      * RightFactor.wordCount(
        inner: factors.leaves.longest, columns: TileProduct.columns, as: factors.type)
  }

  private var inputColumns: Int { min(Self.inputBlock, MatrixView.padded(factors.inputs)) }

  /// Overwrites `result` (outputs, in) with dL/dW summed over the leaves of a node, this rank's from run `first` on.
  func sum(_ node: StackedSum, from first: Int, into result: FloatView, scratch: FloatView) {
    let result = MatrixView(result, rows: outputs.count, columns: factors.inputs)
    let room = Room(self, node, scratch)
    if factors.goesRunByRun {
      for start in stride(from: 0, to: factors.inputs, by: inputColumns) {
        let inputs = start..<min(factors.inputs, start + inputColumns)
        sumBlocks(node, from: first, inputs, into: result.columns(inputs), room)
      }
    } else {
      sumTiles(node, from: first, into: result, room)
    }
  }

  /// Where what a sum needs lies.
  private struct Room {
    let kept: FloatView
    let left: FloatView
    let right: FloatView

    init(_ tile: WeightTile, _ node: StackedSum, _ scratch: FloatView) {
      let (kept, left) = (tile.keptCount(node), tile.leftCount(node))
      self.kept = scratch.slice(0, kept)
      self.left = scratch.slice(kept, left)
      right = scratch.slice(kept + left, tile.rightCount(node))
    }
  }

  /// Of few rows: all runs' products of a tile of registers, then the next tile.
  private func sumTiles(
    _ node: StackedSum, from first: Int, into result: MatrixView, _ room: Room
  ) {
    let words = factors.words(first)
    let leftCount = factors.type == .float32 ? 0 : words * MatrixView.padded(outputs.count)
    var left: LeftFactor?
    for index in node.merges.indices.reversed() {
      left = factors.left(first + index, outputs, room.left.dropFirst(index * leftCount))
    }
    guard let left else { return }
    for index in 0..<PerceptronLayer.panelCount(factors.inputs) {
      let panel = PerceptronLayer.panel(index, of: factors.inputs)
      let count = RightFactor.wordCount(
        inner: factors.leaves.longest, columns: panel.count, as: factors.type)
      var right: RightFactor?
      for index in node.merges.indices.reversed() {
        right = factors.right(first + index, panel, room.right.dropFirst(index * count))
      }
      guard let right else { return }
      TileProduct.sum(
        left, right, words: words, along: node, as: factors.type, into: result.columns(panel),
        scratch: room.kept)
    }
  }

  /// Of many rows: one run's products of a block that stays in the second-level cache, then the next run's.
  private func sumBlocks(
    _ node: StackedSum, from first: Int, _ inputs: Range<Int>, into result: MatrixView, _ room: Room
  ) {
    let step = MatrixView.padded(inputs.count)
    let size = outputs.count * step
    var kept = 0
    for (index, merges) in node.merges.enumerated() {
      kept -= merges
      let left = factors.left(first + index, outputs, room.left)
      let place =
        index == node.merges.count - 1
        ? result
        : MatrixView(room.kept.slice(kept * size, size), rows: outputs.count, columns: step)
      for panel in 0..<PerceptronLayer.panelCount(inputs.count) {
        let own = PerceptronLayer.panel(panel, of: inputs.count)
        TileProduct.multiply(
          left,
          factors.right(
            first + index,
            inputs.lowerBound + own.lowerBound..<inputs.lowerBound + own.upperBound, room.right),
          words: factors.words(first + index), as: factors.type,
          into: place.columns(own.lowerBound..<PerceptronLayer.end(of: own, in: place)),
          addends: TileProduct.Addends(
            room.kept, start: (kept + merges - 1) * size + own.lowerBound, step: step, gap: -size,
            count: merges))
      }
      kept += 1
    }
  }
}
