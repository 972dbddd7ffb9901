// The pieces in which a layer's weight gradient is computed.

import Numerics

/// Some rows (outputs) of one layer's weight.
struct WeightTile: Sendable {
  let layer: PerceptronLayer
  let outputs: Range<Int>

  /// Where its numbers begin among all parameters.
  var offset: Int { layer.weightOffset + outputs.lowerBound * layer.inputWidth }

  private static let mostOutputs = 200
  /// Inputs that are summed over all shards before the next ones, where rows are many.
  private static let inputBlock = 512

  /// Equal pieces, in whole tiles of registers.
  static func all(of layer: PerceptronLayer) -> [WeightTile] {
    let pieces = (layer.width + mostOutputs - 1) / mostOutputs
    let tiles = (layer.width + pieces * TileProduct.rows - 1) / (pieces * TileProduct.rows)
    return PerceptronLayer.runs(of: layer.width, length: tiles * TileProduct.rows).map {
      WeightTile(layer: layer, outputs: $0)
    }
  }

  /// Numbers of scratch that a thread needs for ``sum(_:from:into:scratch:)`` of a node.
  func scratchCount(_ node: StackedSum) -> Int {
    keptCount(node) + leftCount(node) + rightCount(node)
  }

  private func keptCount(_ node: StackedSum) -> Int {
    layer.hasManyRows
      ? node.depth * outputs.count * inputColumns : TileProduct.sumScratchCount(node.depth)
  }

  /// Of one shard where rows are many, of all of them where they are few.
  private func leftCount(_ node: StackedSum) -> Int {
    (layer.hasManyRows ? 1 : node.merges.count)
      * LeftFactor.scratchCount(rows: outputs.count, inner: layer.shardRows, as: layer.factors)
  }

  private func rightCount(_ node: StackedSum) -> Int {
    (layer.hasManyRows ? 1 : node.merges.count)
      * RightFactor.wordCount(
        inner: layer.shardRows, columns: TileProduct.columns, as: layer.factors)
  }

  private var inputColumns: Int { min(Self.inputBlock, MatrixView.padded(layer.inputWidth)) }

  /// Overwrites `result` (outputs, in) with dL/dW summed over the shards of a node, this rank's from shard `first` on.
  func sum(_ node: StackedSum, from first: Int, into result: FloatView, scratch: FloatView) {
    let result = MatrixView(result, rows: outputs.count, columns: layer.inputWidth)
    let room = Room(self, node, scratch)
    if layer.hasManyRows {
      for start in stride(from: 0, to: layer.inputWidth, by: inputColumns) {
        let inputs = start..<min(layer.inputWidth, start + inputColumns)
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

  /// Of few rows: all shards' products of a tile of registers, then the next tile.
  private func sumTiles(
    _ node: StackedSum, from first: Int, into result: MatrixView, _ room: Room
  ) {
    let words = layer.factors.words(layer.shardRows)
    let leftCount = layer.factors == .float32 ? 0 : words * MatrixView.padded(outputs.count)
    var left: LeftFactor?
    for index in node.merges.indices.reversed() {
      left = leftFactor(first + index, room.left.dropFirst(index * leftCount))
    }
    guard let left else { return }
    for index in 0..<PerceptronLayer.panelCount(layer.inputWidth) {
      let panel = PerceptronLayer.panel(index, of: layer.inputWidth)
      let count = RightFactor.wordCount(
        inner: layer.shardRows, columns: panel.count, as: layer.factors)
      var right: RightFactor?
      for index in node.merges.indices.reversed() {
        right = rightFactor(first + index, panel, room.right.dropFirst(index * count))
      }
      guard let right else { return }
      TileProduct.sum(
        left, right, words: words, along: node, as: layer.factors, into: result.columns(panel),
        scratch: room.kept)
    }
  }

  /// Of many rows: one shard's products of a block that stays in the second-level cache, then the next shard's.
  private func sumBlocks(
    _ node: StackedSum, from first: Int, _ inputs: Range<Int>, into result: MatrixView, _ room: Room
  ) {
    let step = MatrixView.padded(inputs.count)
    let size = outputs.count * step
    var kept = 0
    for (index, merges) in node.merges.enumerated() {
      kept -= merges
      let left = leftFactor(first + index, room.left)
      let place =
        index == node.merges.count - 1
        ? result
        : MatrixView(room.kept.slice(kept * size, size), rows: outputs.count, columns: step)
      for panel in 0..<PerceptronLayer.panelCount(inputs.count) {
        let own = PerceptronLayer.panel(panel, of: inputs.count)
        TileProduct.multiply(
          left,
          rightFactor(
            first + index,
            inputs.lowerBound + own.lowerBound..<inputs.lowerBound + own.upperBound, room.right),
          words: layer.factors.words(layer.shardRows), as: layer.factors,
          into: place.columns(own.lowerBound..<PerceptronLayer.end(of: own, in: place)),
          addends: TileProduct.Addends(
            room.kept, start: (kept + merges - 1) * size + own.lowerBound, step: step, gap: -size,
            count: merges))
      }
      kept += 1
    }
  }

  private func rows(of shard: Int) -> Range<Int> {
    shard * layer.shardRows..<(shard + 1) * layer.shardRows
  }

  /// One shard's dY^T.
  private func leftFactor(_ shard: Int, _ scratch: FloatView) -> LeftFactor {
    LeftFactor(
      columnsOf: layer.gradient.rows(rows(of: shard)).columns(outputs), as: layer.factors,
      scratch: scratch)
  }

  /// Some columns of one shard's X.
  private func rightFactor(_ shard: Int, _ columns: Range<Int>, _ scratch: FloatView) -> RightFactor
  {
    RightFactor(
      layer.input.rows(rows(of: shard)), columns: columns, as: layer.factors, scratch: scratch)
  }
}
