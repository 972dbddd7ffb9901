// The gradient of the free centre, summed over this rank's shards.

import Host
import Numerics

/// dL/dc_k = sum over samples i of a_k(z_i) dL/d raw_i, along the reduction tree, a piece of one centre at a time.
struct CenterGradientSums: ~Copyable {
  private let center: FreeCenter
  private let toNodes: [TreeSummation]
  private let plan: ShardPlan
  private let shards: Range<Int>
  /// Where the centre begins among all parameters.
  private let offset: Int
  private let parameterCount: Int
  /// For each thread, each shard's sum of one piece.
  private let products: AlignedBuffer<Float>

  /// Nil where the hypernetwork has no centre.
  init?(
    _ parameters: HypernetworkParameters, nodes: NodeSums, plan: ShardPlan, threadCount: Int
  ) {
    guard let center = FreeCenter(parameters), let entry = parameters.layout.center else {
      return nil
    }
    self.center = center
    let shards = nodes.leaves
    toNodes = nodes.nodes.map { TreeSummation(ofLeaves: $0.node) }
    self.plan = plan
    self.shards = shards
    offset = entry.offset
    parameterCount = parameters.layout.parameters.count
    products = AlignedBuffer(count: threadCount * shards.count * SumCenterPiece.size)
  }

  /// Overwrites the centre's entries of `nodeGradients`, (nodes, parameters), with the sums over each node's shards, from
  /// the latents (local samples, d) and dL/d raw (local samples, D). Cost: about 2 D FLOPs for each sample, and D
  /// additions for each shard and centre.
  func run(
    latents: FloatView, weightGradients: FloatView, into nodeGradients: FloatView, pool: WorkerPool
  ) {
    let pieces = (center.weightCount + SumCenterPiece.size - 1) / SumCenterPiece.size
    pool.forEach(
      center.count * pieces,
      SumCenterPiece(
        center: center, pieceCount: pieces, toNodes: toNodes, plan: plan, shards: shards,
        offset: offset, parameterCount: parameterCount, products: products.view, latents: latents,
        weightGradients: weightGradients, nodeGradients: nodeGradients))
  }
}

private struct SumCenterPiece: LoopBody {
  static let size = 4096

  let center: FreeCenter
  /// Of one centre.
  let pieceCount: Int
  let toNodes: [TreeSummation]
  let plan: ShardPlan
  let shards: Range<Int>
  let offset: Int
  let parameterCount: Int
  let products: FloatView
  let latents: FloatView
  let weightGradients: FloatView
  let nodeGradients: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let (row, piece) = (index / pieceCount, index % pieceCount)
    let weightCount = center.weightCount
    let start = piece * Self.size
    let count = min(Self.size, weightCount - start)
    let sums = products.slice(thread * shards.count * Self.size, shards.count * count)
    if shards.isEmpty { return }
    let latentSize = latents.count / (shards.count * plan.samplesPerShard)
    for shard in 0..<shards.count {
      let sum = sums.slice(shard * count, count)
      sum.fill(0)
      for sample in shard * plan.samplesPerShard..<(shard + 1) * plan.samplesPerShard {
        let coefficient = center.coefficient(
          row, of: latents.slice(sample * latentSize, latentSize))
        guard coefficient != 0 else { continue }
        VectorMath.add(
          weightGradients.slice(sample * weightCount + start, count), times: coefficient, to: sum)
      }
    }
    for (node, leaves) in toNodes.enumerated() {
      let first = leaves.node.lowerBound - shards.lowerBound
      leaves.run(
        sums.slice(first * count, leaves.partCount * count), stride: count,
        into: nodeGradients.slice(
          node * parameterCount + offset + row * weightCount + start, count))
    }
  }
}
