// Perceptrons that run in lockstep on this rank's shards, so that they share reductions.

import Collectives
import Host
import Numerics

/// Forward and backward of several perceptrons of the same minibatch, layer by layer in lockstep: the
/// batch normalizations of one level are combined over ranks in one reduction.
///
/// Arithmetic that mixes rows is done per shard and summed along the reduction tree; everything else
/// is done shard by shard with fixed shapes. So the results do not depend on ranks or threads.
final class PerceptronGroup {
  /// The k-th layer of every perceptron that has one.
  private struct Level {
    var layers: [PerceptronLayer] = []
    var tiles: [WeightTile] = []
    /// Sums of all normalizations of the level together.
    let sumCount: Int
    /// The backward pass's global ones.
    let backwardSums: DoubleView
  }

  private let levels: [Level]
  /// The last layers' `output` and `gradient`, the first layers' `input` and `inputGradient`, one a perceptron.
  let inputs: [FloatView]
  let outputs: [FloatView]
  let outputGradients: [FloatView]
  let inputGradients: [FloatView]

  private let shardCount: Int
  private let normalizationDecay: Float
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let reduction: ShardAllReduce<Double>
  /// Per-shard sums of a level, and their totals over all shards of all ranks.
  private let shardSums: DoubleView
  private let totals: DoubleView
  private let weightGradients: WeightGradientSums
  /// What a layer's skip connection carries back, for each thread.
  private let skipped: FloatView
  private let skippedCount: Int
  /// The owners of all views.
  private let floats: BufferList<Float>
  private let doubles: BufferList<Double>

  /// `inputGradient`: whether ``backward(into:progress:finished:)`` overwrites ``inputGradients``.
  init(
    _ perceptrons: [Perceptron], parameters: HypernetworkParameters, plan: ShardPlan,
    communicator: Communicator, reduction kind: Reduction, pool: WorkerPool, clock: PhaseClock,
    inputGradient: Bool
  ) {
    let shards = plan.shards(of: communicator.rank)
    let architecture = parameters.layout.architecture
    let floats = BufferList<Float>()
    let doubles = BufferList<Double>()
    let sumCounts = (0..<(perceptrons.map(\.depth).max() ?? 0)).map { level in
      2 * perceptrons.reduce(0) { $0 + $1.normalizedWidth(behind: level) }
    }
    let mostSums = sumCounts.max() ?? 0
    let shardSums = doubles.make(shards.count * mostSums)
    var levels = sumCounts.map { Level(sumCount: $0, backwardSums: doubles.make($0)) }
    var offsets = [Int](repeating: 0, count: levels.count)
    var ends: [(first: PerceptronLayer, last: PerceptronLayer)] = []
    for perceptron in perceptrons {
      let shardRows = plan.samplesPerShard * perceptron.rowsPerLatent
      let rows = shards.count * shardRows
      var below: PerceptronLayer?
      var first: PerceptronLayer?
      for index in 0..<perceptron.depth {
        let (inputWidth, width) = (perceptron.widths[index], perceptron.widths[index + 1])
        let output = floats.make(rows * width)
        var normalization: HiddenNormalization?
        if index < perceptron.depth - 1 {
          let (scale, shift) = (perceptron.scales[index].range, perceptron.shifts[index].range)
          normalization = HiddenNormalization(
            width: width, shardRows: shardRows,
            rowCount: plan.sampleCount * perceptron.rowsPerLatent,
            epsilon: architecture.normalizationEpsilon, activations: output,
            scale: parameters.values.slice(scale), shift: parameters.values.slice(shift),
            runningMean: parameters.statistics.slice(perceptron.runningMeans[index].range),
            runningVariance: parameters.statistics.slice(perceptron.runningVariances[index].range),
            scaleRange: scale, shiftRange: shift, moments: floats.make(2 * width),
            variances: floats.make(width),
            backwardSums: levels[index].backwardSums.slice(offsets[index], 2 * width),
            levelSums: shardSums, stride: sumCounts[index], offset: offsets[index])
          offsets[index] += 2 * width
        }
        let weight = perceptron.weights[index]
        let layer = PerceptronLayer(
          shardRows: shardRows, inputWidth: inputWidth, width: width, leak: architecture.leak,
          weight: parameters.values.slice(weight.range), weightOffset: weight.offset,
          input: floats.make(rows * inputWidth), output: output,
          gradient: floats.make(rows * width),
          inputGradient: below?.gradient ?? (inputGradient ? floats.make(rows * inputWidth) : nil),
          below: below?.normalization,
          skippedInput: below.flatMap { $0.isSkipped ? $0.input : nil },
          normalization: normalization, isSkipped: perceptron.skips[index])
        levels[index].layers.append(layer)
        levels[index].tiles += WeightTile.all(of: layer)
        first = first ?? layer
        below = layer
      }
      if let first, let below { ends.append((first, below)) }
    }
    inputs = ends.map(\.first.input)
    outputs = ends.map(\.last.output)
    outputGradients = ends.map(\.last.gradient)
    inputGradients = ends.compactMap(\.first.inputGradient)

    self.levels = levels
    self.shardSums = shardSums
    self.pool = pool
    self.clock = clock
    self.floats = floats
    self.doubles = doubles
    shardCount = shards.count
    normalizationDecay = architecture.normalizationDecay
    reduction = ShardAllReduce(kind, communicator: communicator, plan: plan, capacity: mostSums)
    totals = doubles.make(mostSums)
    weightGradients = WeightGradientSums(
      nodes: reduction.nodes, shards: shards, parameterCount: parameters.layout.parameters.count,
      capacity: levels.flatMap(\.tiles).map(\.count).max() ?? 0, threadCount: pool.threadCount)
    skippedCount = levels.flatMap(\.layers).map(\.skippedCount).max() ?? 0
    skipped = floats.make(pool.threadCount * skippedCount)
  }

  /// Runs all layers on ``inputs``, leaving the results in ``outputs``, with the minibatch's own statistics.
  /// Collective. Cost: 2 * rows * weights FLOPs.
  func forward() throws(CollectiveError) {
    for level in levels {
      pool.forEach(
        level.layers.count * shardCount,
        ForwardShard(layers: level.layers, shardCount: shardCount))
      guard level.sumCount > 0 else { continue }
      let totals = totals.slice(0, level.sumCount)
      try reduceSums(into: totals)
      for layer in level.layers { layer.normalization?.takeMoments(from: totals) }
    }
  }

  /// The running averages' step towards the statistics of the last forward pass.
  ///
  /// Their decay at step s, from 1 on, is min(`normalizationDecay`, 1 - 1/s): the mean of all steps at first, with
  /// nothing left of the variances of 1 they are made with, which codes' own, of 1e-3, would not outweigh for
  /// hundreds of steps.
  func moveRunningAverages(step: Int) {
    let decay = RunningAverage.decay(normalizationDecay, step: step)
    forEachNormalization { $0.moveRunningAverages(decay: decay) }
  }

  /// Runs all layers backward from ``outputGradients``.
  ///
  /// Overwrites this group's weights' entries of `nodeGradients`, (local tree nodes, parameters), with
  /// dL/dW summed over each node's shards, and zeroes those of scales and shifts, whose gradients are
  /// known on every rank: see ``finishGradient(_:)``. `finished` is called after each layer, from the
  /// last to the first, when its entries are complete, `progress` now and then. Collective. Cost:
  /// 4 * rows * weights FLOPs.
  func backward(
    into nodeGradients: FloatView, progress: () throws(CollectiveError) -> Void,
    finished: (_ layer: Int) throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    for index in levels.indices.reversed() {
      let level = levels[index]
      pool.forEach(
        level.layers.count * shardCount,
        BackwardShard(
          layers: level.layers, shardCount: shardCount, skipped: skipped,
          skippedCount: skippedCount))
      try progress()
      weightGradients.run(level.tiles, into: nodeGradients, pool: pool)
      try finished(index)
      if index > 0, levels[index - 1].sumCount > 0 {
        try reduceSums(into: levels[index - 1].backwardSums)
      }
    }
  }

  /// Overwrites the entries of this group's scales and shifts in `gradient`, the all-reduced gradient.
  func finishGradient(_ gradient: FloatView) {
    forEachNormalization { $0.storeGradients(in: gradient) }
  }

  /// Sums what the last loop left of each shard.
  private func reduceSums(into result: DoubleView) throws(CollectiveError) {
    try clock.communicate(reduction.sum(shards: shardSums, stride: result.count, into: result))
  }

  private func forEachNormalization(_ body: (HiddenNormalization) -> Void) {
    for level in levels {
      for layer in level.layers { layer.normalization.map(body) }
    }
  }
}

private struct ForwardShard: LoopBody {
  let layers: [PerceptronLayer]
  let shardCount: Int

  func callAsFunction(_ index: Int, _ thread: Int) {
    layers[index / shardCount].forward(index % shardCount)
  }
}

private struct BackwardShard: LoopBody {
  let layers: [PerceptronLayer]
  let shardCount: Int
  let skipped: FloatView
  let skippedCount: Int

  func callAsFunction(_ index: Int, _ thread: Int) {
    layers[index / shardCount].backward(
      index % shardCount, skipped: skipped.slice(thread * skippedCount, skippedCount))
  }
}

/// Makes buffers, and keeps them as long as it is kept.
private final class BufferList<Element: BitwiseCopyable> {
  private var buffers: [SharedBuffer<Element>] = []

  func make(_ count: Int) -> VectorView<Element> {
    let buffer = SharedBuffer<Element>(count: count)
    buffers.append(buffer)
    return buffer.view
  }
}
