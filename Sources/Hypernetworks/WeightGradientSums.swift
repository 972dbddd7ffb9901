// Weight gradients of a perceptron's layers, summed over this rank's shards.

import Host
import Numerics

/// dW = sum over shards of dY^T X, along the reduction tree, tile by tile: the shards' products of a tile stay in
/// the cache until they are summed.
struct WeightGradientSums: ~Copyable {
  private let toNodes: [TreeSummation]
  private let shards: Range<Int>
  private let parameterCount: Int
  /// For each thread, each shard's product of one tile of at most `capacity` numbers.
  private let products: AlignedBuffer<Float>
  private let capacity: Int

  init(
    nodes: [Range<Int>], shards: Range<Int>, parameterCount: Int, capacity: Int, threadCount: Int
  ) {
    toNodes = nodes.map { TreeSummation(ofLeaves: $0) }
    self.shards = shards
    self.parameterCount = parameterCount
    self.capacity = capacity
    products = AlignedBuffer(count: threadCount * shards.count * capacity)
  }

  /// Overwrites the tiles' entries of `nodeGradients`, (nodes, parameters), with the sums over each node's shards,
  /// and zeroes those of the layers' scales and shifts.
  func run(_ tiles: [WeightTile], into nodeGradients: FloatView, pool: WorkerPool) {
    pool.forEach(
      tiles.count,
      SumTile(
        tiles: tiles, shards: shards, toNodes: toNodes, products: products.view,
        capacity: capacity, parameterCount: parameterCount, nodeGradients: nodeGradients))
  }
}

private struct SumTile: LoopBody {
  let tiles: [WeightTile]
  let shards: Range<Int>
  let toNodes: [TreeSummation]
  let products: FloatView
  let capacity: Int
  let parameterCount: Int
  let nodeGradients: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let tile = tiles[index]
    let count = tile.count
    let products = products.slice(thread * shards.count * capacity, shards.count * capacity)
    for shard in 0..<shards.count {
      tile.layer.weightGradient(
        shard, outputs: tile.outputs, into: products.slice(shard * count, count))
    }
    for (node, leaves) in toNodes.enumerated() {
      let gradient = nodeGradients.slice(node * parameterCount, parameterCount)
      let start = leaves.node.lowerBound - shards.lowerBound
      leaves.run(
        products.slice(start * count, leaves.partCount * count), stride: count,
        into: gradient.slice(tile.offset, count))
      if tile.outputs.lowerBound == 0, let normalization = tile.layer.normalization {
        gradient.slice(normalization.scaleRange).fill(0)
        gradient.slice(normalization.shiftRange).fill(0)
      }
    }
  }
}
