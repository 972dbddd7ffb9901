// The pieces in which a layer's weight gradient is computed.

import Numerics

/// Some rows (outputs) and columns (inputs) of one layer's weight.
struct WeightTile: Sendable {
  let factors: GradientFactors
  let outputs: Range<Int>
  let inputs: Range<Int>
  /// Parameters besides whose entries the sums over leaves are to be 0.
  let cleared: [Range<Int>]

  /// Whether its rows are cut into leaves of their own.
  var isCut: Bool { factors.leaves.cuts > 1 }

  /// Multiplications.
  private var work: Int { factors.input.rows * outputs.count * inputs.count }

  /// Most outputs of a tile.
  private static let mostOutputs = 200
  /// Inputs that are summed over all leaves before the next ones, where rows are many.
  private static let inputBlock = 512
  /// Tiles for each thread, so that who is done early takes another.
  private static let tilesOfThread = 2
  /// Fewest outputs and inputs of tiles that are cut for threads' sake.
  private static let fewestOutputs = TileProduct.rows
  private static let fewestInputs = TileProduct.columns

  /// A layer whose gradient is summed, and parameters of it whose entries of sums over leaves are to be 0.
  struct Layer {
    let factors: GradientFactors
    var cleared: [Range<Int>] = []

    fileprivate var work: Int { factors.input.rows * factors.outputs * factors.inputs }
  }

  /// Pieces of layers whose gradients are summed in one loop, the largest first, so that no thread begins one when the others are done.
  static func all(of layers: [Layer], threadCount: Int) -> [WeightTile] {
    let work = layers.reduce(0) { $0 + $1.work }
    let most = work / (tilesOfThread * threadCount) + 1
    let tiles = layers.flatMap { layer in
      all(of: layer, count: (layer.work + most - 1) / most)
    }
    return tiles.enumerated().sorted {
      ($0.element.work, $1.offset) > ($1.element.work, $0.offset)
    }.map(\.element)
  }

  /// Equal pieces, at least `count` if they do not become too small, in whole tiles of registers.
  private static func all(of layer: Layer, count: Int) -> [WeightTile] {
    let (outputs, inputs) = (layer.factors.outputs, layer.factors.inputs)
    var rows = (outputs + mostOutputs - 1) / mostOutputs
    var columns = 1
    while rows * columns < count {
      let canCutRows = outputs >= (rows + 1) * fewestOutputs
      let canCutColumns = inputs >= (columns + 1) * fewestInputs
      if canCutRows && (outputs * columns >= inputs * rows || !canCutColumns) {
        rows += 1
      } else if canCutColumns {
        columns += 1
      } else {
        break
      }
    }
    let outputRuns = runs(of: outputs, parts: rows, tile: TileProduct.rows)
    let inputRuns = runs(of: inputs, parts: columns, tile: TileProduct.columns)
    return outputRuns.flatMap { outputs in
      inputRuns.map { inputs in
        WeightTile(
          factors: layer.factors, outputs: outputs, inputs: inputs,
          cleared: outputs.lowerBound + inputs.lowerBound == 0 ? layer.cleared : [])
      }
    }
  }

  private static func runs(of count: Int, parts: Int, tile: Int) -> [Range<Int>] {
    if count == 0 { return [] }
    let tiles = (count + parts * tile - 1) / (parts * tile)
    return PerceptronLayer.runs(of: count, length: tiles * tile)
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

  private var inputColumns: Int { min(Self.inputBlock, MatrixView.padded(inputs.count)) }

  /// Overwrites the tile's entries, (outputs, inputs) of dL/dW, of `gradient`, (parameters), with their sums over the leaves of a node, this rank's from run `first` on.
  func sum(_ node: StackedSum, from first: Int, into gradient: FloatView, scratch: FloatView) {
    let result = MatrixView(
      gradient.slice(
        factors.offset + outputs.lowerBound * factors.inputs, outputs.count * factors.inputs),
      rows: outputs.count, columns: factors.inputs)
    let room = Room(self, node, scratch)
    if factors.goesRunByRun {
      for start in stride(from: inputs.lowerBound, to: inputs.upperBound, by: inputColumns) {
        let block = start..<min(inputs.upperBound, start + inputColumns)
        sumBlocks(node, from: first, block, into: result.columns(block), room)
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
    for index in 0..<PerceptronLayer.panelCount(inputs.count) {
      let own = PerceptronLayer.panel(index, of: inputs.count)
      let panel = inputs.lowerBound + own.lowerBound..<inputs.lowerBound + own.upperBound
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
