// Weight gradients of a perceptron's layers, summed over this rank's shards.

import Host
import Numerics

/// dW = sum over shards of dY^T X, along the reduction tree, tile by tile: sums that wait for others stay in the
/// cache, and are added while the next product is in registers.
struct WeightGradientSums: ~Copyable {
  private let nodes: [StackedSum]
  private let shards: Range<Int>
  private let parameterCount: Int
  private let scratch: AlignedBuffer<Float>
  private let threadScratch: Int

  init(
    _ tiles: [WeightTile], nodes: [Range<Int>], shards: Range<Int>, parameterCount: Int,
    threadCount: Int
  ) {
    let nodes = nodes.map { StackedSum($0) }
    self.nodes = nodes
    self.shards = shards
    self.parameterCount = parameterCount
    threadScratch = MatrixView.padded(
      tiles.flatMap { tile in nodes.map(tile.scratchCount) }.max() ?? 0)
    scratch = AlignedBuffer(count: threadCount * threadScratch)
  }

  /// Overwrites the tiles' entries of `nodeGradients`, (nodes, parameters), with the sums over each node's shards,
  /// and zeroes those that the tiles name. `meanwhile` is called on the main thread now and then.
  func run<Failure: Error>(
    _ tiles: [WeightTile], into nodeGradients: FloatView, pool: WorkerPool,
    meanwhile: () throws(Failure) -> Void
  ) throws(Failure) {
    try pool.forEach(
      tiles.count,
      SumTile(
        tiles: tiles, shards: shards, nodes: nodes, scratch: scratch.view,
        threadScratch: threadScratch, parameterCount: parameterCount, nodeGradients: nodeGradients),
      meanwhile: meanwhile)
  }
}

private struct SumTile: LoopBody {
  let tiles: [WeightTile]
  let shards: Range<Int>
  let nodes: [StackedSum]
  let scratch: FloatView
  let threadScratch: Int
  let parameterCount: Int
  let nodeGradients: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let tile = tiles[index]
    for (row, node) in nodes.enumerated() {
      let gradient = nodeGradients.slice(row * parameterCount, parameterCount)
      tile.sum(
        node, from: node.node.lowerBound - shards.lowerBound,
        into: gradient.slice(tile.range),
        scratch: scratch.slice(thread * threadScratch, threadScratch))
      for range in tile.cleared { gradient.slice(range).fill(0) }
    }
  }
}
