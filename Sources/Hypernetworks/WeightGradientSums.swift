// Weight gradients of a perceptron's layers, summed over this rank's rows.

import Host
import Numerics

/// dW = sum over leaves of dY^T X, along the reduction tree, tile by tile: sums that wait for others stay in the
/// cache, and are added while the next product is in registers.
struct WeightGradientSums: ~Copyable {
  private let samples: NodeSums
  private let rows: NodeSums
  private let parameterCount: Int
  private let scratch: AlignedBuffer<Float>
  private let threadScratch: Int

  /// `rows`: what perceptrons' rows are summed along that are cut into leaves of their own; `samples`: others'.
  init(
    _ tiles: [WeightTile], samples: NodeSums, rows: NodeSums?, parameterCount: Int,
    threadCount: Int
  ) {
    let rows = rows ?? samples
    self.samples = samples
    self.rows = rows
    self.parameterCount = parameterCount
    threadScratch = MatrixView.padded(
      tiles.flatMap { tile in (tile.isCut ? rows : samples).nodes.map(tile.scratchCount) }.max()
        ?? 0)
    scratch = AlignedBuffer(count: threadCount * threadScratch)
  }

  /// Overwrites the tiles' entries of `nodeGradients`, (nodes, parameters), with the sums over each node's leaves,
  /// and zeroes those that the tiles name. `meanwhile` is called on the main thread now and then.
  func run<Failure: Error>(
    _ tiles: [WeightTile], into nodeGradients: FloatView, pool: WorkerPool,
    meanwhile: () throws(Failure) -> Void
  ) throws(Failure) {
    try pool.forEach(
      tiles.count,
      SumTile(
        tiles: tiles, samples: samples, rows: rows, scratch: scratch.view,
        threadScratch: threadScratch, parameterCount: parameterCount, nodeGradients: nodeGradients),
      meanwhile: meanwhile)
  }
}

private struct SumTile: LoopBody {
  let tiles: [WeightTile]
  let samples: NodeSums
  let rows: NodeSums
  let scratch: FloatView
  let threadScratch: Int
  let parameterCount: Int
  let nodeGradients: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let tile = tiles[index]
    let sums = tile.isCut ? rows : samples
    for (row, node) in sums.nodes.enumerated() {
      let gradient = nodeGradients.slice(row * parameterCount, parameterCount)
      tile.sum(
        node, from: node.node.lowerBound - sums.leaves.lowerBound,
        into: gradient,
        scratch: scratch.slice(thread * threadScratch, threadScratch))
      for range in tile.cleared { gradient.slice(range).fill(0) }
    }
  }
}
