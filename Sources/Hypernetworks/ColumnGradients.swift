// Weight gradients of layers whose columns are divided among ranks.

import Collectives
import Host
import Numerics

/// dW of this rank's columns of layers that are divided (``WideLayers/divided``): of the rows of all ranks, along the reduction tree as elsewhere, so that no
/// gradient is exchanged.
struct ColumnGradients: ~Copyable {
  private struct Layer {
    let part: GradientPart
    let exchange: ColumnExchange
    /// This rank's rows.
    let rows: GradientFactors
  }

  private let layers: [Layer]
  private let ownSamples: Int
  private let tiles: [WeightTile]
  private let sums: WeightGradientSums

  /// `rows`: what the gradient of a layer on this rank's latents is made of.
  init(
    _ divided: [(part: GradientPart, exchange: ColumnExchange)], plan: ShardPlan, rank: Int,
    parameterCount: Int, threadCount: Int,
    rows: (_ group: GradientPart.Group, _ perceptron: Int) -> GradientFactors
  ) {
    let layers = divided.map { part, exchange in
      Layer(
        part: part, exchange: exchange, rows: rows(part.group, part.columns?.perceptron ?? 0))
    }
    self.layers = layers
    ownSamples = plan.samples(of: rank).count
    let summed = layers.map { layer in
      let (rows, exchange) = (layer.rows, layer.exchange)
      return WeightTile.Layer(
        factors: GradientFactors(
          leaves: RowLeaves(shardRows: rows.leaves.shardRows, shards: plan.shardCount),
          type: rows.type, gradient: exchange.columns,
          input: exchange.shared, outputs: exchange.owned.count, inputs: rows.inputs,
          offset: rows.offset + exchange.owned.lowerBound * rows.inputs))
    }
    tiles = WeightTile.all(of: summed, threadCount: threadCount)
    sums = WeightGradientSums(
      tiles, samples: NodeSums([plan.tree.root], of: plan.tree.root), rows: nil,
      parameterCount: parameterCount, threadCount: threadCount)
  }

  /// Sets off with the rows of a group's layers: what comes out of them goes nowhere else in the group. Collective.
  func start(_ group: GradientPart.Group) throws(CollectiveError) {
    for layer in layers where layer.part.group == group {
      // Ranks that have rows of another's samples have none to send.
      let rows = 0..<ownSamples
      try layer.exchange.start(
        columns: layer.rows.gradient.rows(rows), shared: layer.rows.input.rows(rows))
    }
  }

  /// Overwrites the entries of this rank's columns in `gradient`, of all parameters, when all rows are here; `meanwhile` is called now and then.
  func run(
    into gradient: FloatView, pool: WorkerPool, meanwhile: () throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    try sums.run(tiles, into: gradient, pool: pool, meanwhile: meanwhile)
  }
}
