// Perceptrons that run in lockstep on this rank's shards, so that they share reductions.

import Collectives
import Host
import Kernels
import Numerics

/// Forward and backward of several perceptrons of the same minibatch, layer by layer in lockstep: the
/// batch normalizations of one level are combined over ranks in one reduction.
///
/// Arithmetic that mixes rows is done per shard and summed along the reduction tree; everything else
/// is done shard by shard with fixed shapes. So the results do not depend on ranks or threads.
final class PerceptronGroup: @unchecked Sendable {
  /// The buffers of one perceptron; rows are (local sample, filter).
  struct Activations {
    /// Input of each layer, (rows, in); the first is written by the caller.
    var inputs: [FloatView] = []
    /// Output of each layer: a hidden one's activations before normalization; the last one's output.
    var outputs: [FloatView] = []
    /// dL / d(output of each layer); the last one is written by the caller.
    var gradients: [FloatView] = []
    /// dL / d(input of the first layer), where wanted.
    var inputGradient: FloatView?
  }

  /// One level: the k-th layer of every perceptron that has one.
  struct Level {
    /// Width of all normalizations of the level together, and where each perceptron's begins.
    var normalizedWidth = 0
    var normalizedOffsets: [Int?] = []
    /// Blocks of whole rows of the weights, in which their gradients are computed.
    var tiles: [Tile] = []
    var moments: FloatView
    var variances: FloatView
    /// The backward pass's global sums: per perceptron sum dz, then sum dz * xhat.
    var backwardSums: DoubleView
  }

  /// Some rows (outputs) of one perceptron's weight.
  struct Tile {
    let perceptron: Int
    let outputs: Range<Int>
  }

  let perceptrons: [Perceptron]
  private(set) var activations: [Activations] = []
  private var levels: [Level] = []
  private var buffers: [SharedBuffer<Float>] = []
  private var sumBuffers: [SharedBuffer<Double>] = []

  private let parameters: HypernetworkParameters
  private let plan: ShardPlan
  private let shardCount: Int
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let reduction: ShardAllReduce<Double>
  private let toNodes: [TreeSummation]
  private let firstShard: Int
  /// Per-shard sums of a level, and their totals over all shards of all ranks.
  private let shardSums: AlignedBuffer<Double>
  private let totals: AlignedBuffer<Double>
  /// Per-shard gradients of one tile, for each thread.
  private let tileGradients: AlignedBuffer<Float>
  private let tileCapacity: Int
  /// What a layer's skip connection carries back, for each thread.
  private let skipGradients: AlignedBuffer<Float>
  private let skipCapacity: Int

  // What the loop bodies work on.
  private var level = 0
  private var nodeGradients: FloatView

  init(
    _ perceptrons: [Perceptron], parameters: HypernetworkParameters, plan: ShardPlan,
    communicator: Communicator, reduction kind: Reduction, pool: WorkerPool, clock: PhaseClock,
    inputGradient: Bool
  ) {
    self.perceptrons = perceptrons
    self.parameters = parameters
    self.plan = plan
    self.pool = pool
    self.clock = clock
    let shards = plan.shards(of: communicator.rank)
    shardCount = shards.count
    firstShard = shards.lowerBound

    var buffers: [SharedBuffer<Float>] = []
    var sumBuffers: [SharedBuffer<Double>] = []
    func make(_ count: Int) -> FloatView {
      buffers.append(SharedBuffer(count: count))
      return buffers[buffers.count - 1].view
    }
    for perceptron in perceptrons {
      let rows = shards.count * plan.samplesPerShard * perceptron.rowsPerLatent
      var own = Activations()
      for layer in 0..<perceptron.depth {
        own.inputs.append(make(rows * perceptron.widths[layer]))
        own.outputs.append(make(rows * perceptron.widths[layer + 1]))
        own.gradients.append(make(rows * perceptron.widths[layer + 1]))
      }
      if inputGradient { own.inputGradient = make(rows * perceptron.inputWidth) }
      activations.append(own)
    }
    for depth in 0..<(perceptrons.map(\.depth).max() ?? 0) {
      var width = 0
      var widthOffsets: [Int?] = []
      var tiles: [Tile] = []
      for (index, perceptron) in perceptrons.enumerated() {
        let isHidden = depth < perceptron.depth - 1
        widthOffsets.append(isHidden ? width : nil)
        if isHidden { width += perceptron.widths[depth + 1] }
        if depth < perceptron.depth {
          tiles += Self.tiles(of: perceptron, index: index, layer: depth)
        }
      }
      sumBuffers.append(SharedBuffer(count: 2 * width))
      levels.append(
        Level(
          normalizedWidth: width, normalizedOffsets: widthOffsets, tiles: tiles,
          moments: make(2 * width), variances: make(width),
          backwardSums: sumBuffers[sumBuffers.count - 1].view))
    }
    self.buffers = buffers
    self.sumBuffers = sumBuffers
    let widest = 2 * (levels.map(\.normalizedWidth).max() ?? 0)
    reduction = ShardAllReduce(kind, communicator: communicator, plan: plan, capacity: widest)
    toNodes = reduction.nodes.map { TreeSummation(ofLeaves: $0) }
    shardSums = AlignedBuffer(count: shards.count * widest)
    totals = AlignedBuffer(count: widest)
    tileCapacity =
      levels.enumerated().flatMap { depth, level in
        level.tiles.map { $0.outputs.count * perceptrons[$0.perceptron].widths[depth] }
      }.max() ?? 0
    tileGradients = AlignedBuffer(count: pool.threadCount * shards.count * tileCapacity)
    let samplesPerShard = plan.samplesPerShard
    skipCapacity =
      perceptrons.flatMap { perceptron in
        perceptron.skips.indices.map { layer in
          perceptron.skips[layer]
            ? samplesPerShard * perceptron.rowsPerLatent * perceptron.widths[layer] : 0
        }
      }.max() ?? 0
    skipGradients = AlignedBuffer(count: pool.threadCount * skipCapacity)
    nodeGradients = tileGradients.view
  }

  // MARK: Forward

  /// Runs all layers on `activations[p].inputs[0]`, leaving the results in the last outputs, with the
  /// minibatch's own statistics. Collective.
  /// Cost: 2 * rows * weights FLOPs.
  func forward() throws(CollectiveError) {
    for index in levels.indices {
      level = index
      pool.forEach(perceptrons.count * shardCount, forwardTask)
      let width = levels[index].normalizedWidth
      guard width > 0 else { continue }
      try reduceSums(2 * width, into: totals.view.slice(0, 2 * width), phase: .generate)
      takeMoments(index)
    }
    clock.mark(.generate)
  }

  private lazy var forwardTask: WorkerPool.Body = { [unowned self] task, _ in
    let index = task / shardCount
    if level < perceptrons[index].depth { forwardLayer(index, shard: task % shardCount) }
  }

  private func forwardLayer(_ index: Int, shard: Int) {
    let perceptron = perceptrons[index]
    let rows = rowCount(perceptron)
    let (inputWidth, width) = (perceptron.widths[level], perceptron.widths[level + 1])
    let input = activations[index].inputs[level].slice(shard * rows * inputWidth, rows * inputWidth)
    if level > 0, let offset = levels[level - 1].normalizedOffsets[index] {
      PerceptronKernels.normalize(
        activations[index].outputs[level - 1].slice(shard * rows * inputWidth, rows * inputWidth),
        rows: rows, width: inputWidth,
        moments: levels[level - 1].moments.slice(2 * offset, 2 * inputWidth),
        scale: parameters.values.slice(perceptron.scales[level - 1].range),
        shift: parameters.values.slice(perceptron.shifts[level - 1].range), output: input)
      if perceptron.skips[level - 1] {
        let count = rows * inputWidth
        VectorMath.add(
          activations[index].inputs[level - 1].slice(shard * count, count), times: 1, to: input)
      }
    }
    let output = activations[index].outputs[level].slice(shard * rows * width, rows * width)
    MatrixProduct.multiply(
      input, parameters.values.slice(perceptron.weights[level].range), transposeB: true,
      into: output, rows: rows, columns: width, inner: inputWidth)
    if let offset = levels[level].normalizedOffsets[index] {
      PerceptronKernels.activate(
        output, rows: rows, width: width, leak: parameters.layout.architecture.leak,
        sums: sums(shard: shard, offset: offset, width: width, of: level))
    }
  }

  /// Global moments of a level from the global sums.
  private func takeMoments(_ index: Int) {
    for (p, perceptron) in perceptrons.enumerated() {
      guard let offset = levels[index].normalizedOffsets[p] else { continue }
      let width = perceptron.widths[index + 1]
      let moments = levels[index].moments.slice(2 * offset, 2 * width)
      let variances = levels[index].variances.slice(offset, width)
      PerceptronKernels.moments(
        of: totals.view.slice(2 * offset, 2 * width),
        count: plan.sampleCount * perceptron.rowsPerLatent,
        epsilon: parameters.layout.architecture.normalizationEpsilon, moments: moments,
        variances: variances)
    }
  }

  /// The running averages' step towards the statistics of the last forward pass: towards n / (n - 1) times
  /// the variance of its n rows, since a few rows' own variance is on average that much smaller than the
  /// variance of all that may come.
  ///
  /// Their decay at step s, from 1 on, is min(`normalizationDecay`, 1 - 1/s): the mean of all steps at first, with
  /// nothing left of the variances of 1 they are made with, which codes' own, of 1e-3, would not outweigh for
  /// hundreds of steps.
  func moveRunningAverages(step: Int) {
    let decay = min(parameters.layout.architecture.normalizationDecay, 1 - 1 / Float(step))
    for index in levels.indices {
      for (p, perceptron) in perceptrons.enumerated() {
        guard let offset = levels[index].normalizedOffsets[p] else { continue }
        let width = perceptron.widths[index + 1]
        let rows = Float(plan.sampleCount * perceptron.rowsPerLatent)
        let correction = rows > 1 ? rows / (rows - 1) : 1
        let moments = levels[index].moments.slice(2 * offset, 2 * width)
        let variances = levels[index].variances.slice(offset, width)
        let runningMean = parameters.statistics.slice(perceptron.runningMeans[index].range)
        let runningVariance = parameters.statistics.slice(perceptron.runningVariances[index].range)
        for feature in 0..<width {
          runningMean[feature] = decay * runningMean[feature] + (1 - decay) * moments[feature]
          runningVariance[feature] =
            decay * runningVariance[feature] + (1 - decay) * correction * variances[feature]
        }
      }
    }
  }

  // MARK: Backward

  /// Runs all layers backward from `activations[p].gradients.last`.
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
    self.nodeGradients = nodeGradients
    for index in levels.indices.reversed() {
      level = index
      pool.forEach(perceptrons.count * shardCount, backwardTask)
      try progress()
      pool.forEach(levels[index].tiles.count, weightGradientTask)
      try finished(index)
      guard index > 0, levels[index - 1].normalizedWidth > 0 else { continue }
      try reduceSums(
        2 * levels[index - 1].normalizedWidth, into: levels[index - 1].backwardSums,
        phase: .backward)
    }
    clock.mark(.backward)
  }

  /// Overwrites the entries of this group's scales and shifts in `gradient`, the all-reduced gradient.
  func finishGradient(_ gradient: FloatView) {
    for (p, perceptron) in perceptrons.enumerated() {
      for layer in 0..<perceptron.depth - 1 {
        let width = perceptron.widths[layer + 1]
        let sums = levels[layer].backwardSums.slice(
          2 * levels[layer].normalizedOffsets[p]!, 2 * width)
        let shifts = gradient.slice(perceptron.shifts[layer].range)
        let scales = gradient.slice(perceptron.scales[layer].range)
        for feature in 0..<width {
          shifts[feature] = Float(sums[feature])
          scales[feature] = Float(sums[width + feature])
        }
      }
    }
  }

  private lazy var backwardTask: WorkerPool.Body = { [unowned self] task, thread in
    let index = task / shardCount
    if level < perceptrons[index].depth {
      backwardLayer(index, shard: task % shardCount, thread: thread)
    }
  }

  private func backwardLayer(_ index: Int, shard: Int, thread: Int) {
    let perceptron = perceptrons[index]
    let rows = rowCount(perceptron)
    let (inputWidth, width) = (perceptron.widths[level], perceptron.widths[level + 1])
    let gradient = activations[index].gradients[level].slice(shard * rows * width, rows * width)
    let skipped =
      perceptron.skips[level]
      ? skipGradients.view.slice(thread * skipCapacity, gradient.count) : nil
    skipped?.copy(from: gradient)
    if let offset = levels[level].normalizedOffsets[index] {
      PerceptronKernels.normalizeBackward(
        gradient: gradient,
        activations: activations[index].outputs[level].slice(shard * rows * width, rows * width),
        rows: rows, width: width, moments: levels[level].moments.slice(2 * offset, 2 * width),
        scale: parameters.values.slice(perceptron.scales[level].range),
        sums: levels[level].backwardSums.slice(2 * offset, 2 * width),
        count: plan.sampleCount * perceptron.rowsPerLatent,
        leak: parameters.layout.architecture.leak)
    }
    let weight = parameters.values.slice(perceptron.weights[level].range)
    guard
      let below = level > 0
        ? activations[index].gradients[level - 1]
        : activations[index].inputGradient
    else { return }
    let inputGradient = below.slice(shard * rows * inputWidth, rows * inputWidth)
    MatrixProduct.multiply(
      gradient, weight, into: inputGradient, rows: rows, columns: inputWidth, inner: width)
    if let skipped { VectorMath.add(skipped, times: 1, to: inputGradient) }
    if level > 0, let offset = levels[level - 1].normalizedOffsets[index] {
      PerceptronKernels.backwardSums(
        gradient: inputGradient,
        activations: activations[index].outputs[level - 1].slice(
          shard * rows * inputWidth, rows * inputWidth),
        rows: rows, width: inputWidth,
        moments: levels[level - 1].moments.slice(2 * offset, 2 * inputWidth),
        sums: sums(shard: shard, offset: offset, width: inputWidth, of: level - 1))
    }
  }

  private lazy var weightGradientTask: WorkerPool.Body = { [unowned self] tile, thread in
    sumWeightGradient(levels[level].tiles[tile], thread: thread)
  }

  /// dW = sum over shards of dY^T X for some rows of W: the shards' products stay in the cache until
  /// they are summed over each tree node.
  private func sumWeightGradient(_ tile: Tile, thread: Int) {
    let perceptron = perceptrons[tile.perceptron]
    let rows = rowCount(perceptron)
    let (inputWidth, width) = (perceptron.widths[level], perceptron.widths[level + 1])
    let entry = perceptron.weights[level]
    let count = tile.outputs.count * inputWidth
    let own = activations[tile.perceptron]
    let products = tileGradients.view.slice(
      thread * shardCount * tileCapacity, shardCount * tileCapacity)
    for shard in 0..<shardCount {
      let gradient = own.gradients[level].slice(shard * rows * width, rows * width)
      MatrixProduct.multiply(
        gradient.slice(tile.outputs.lowerBound, gradient.count - tile.outputs.lowerBound),
        transposeA: true, strideA: width,
        own.inputs[level].slice(shard * rows * inputWidth, rows * inputWidth),
        into: products.slice(shard * count, count), rows: tile.outputs.count, columns: inputWidth,
        inner: rows)
    }
    let parameterCount = parameters.layout.parameters.count
    for (node, leaves) in toNodes.enumerated() {
      let start = leaves.node.lowerBound - firstShard
      leaves.run(
        products.slice(start * count, leaves.partCount * count), stride: count,
        into: nodeGradients.slice(
          node * parameterCount + entry.offset + tile.outputs.lowerBound * inputWidth, count))
      if tile.outputs.lowerBound == 0 && level < perceptron.depth - 1 {
        let ownNode = nodeGradients.slice(node * parameterCount, parameterCount)
        ownNode.slice(perceptron.scales[level].range).fill(0)
        ownNode.slice(perceptron.shifts[level].range).fill(0)
      }
    }
  }

  /// Tiles of about 16,384 elements, so that all shards' products of one stay in the second-level
  /// cache. A function of the layer alone, as its arithmetic must be.
  private static func tiles(of perceptron: Perceptron, index: Int, layer: Int) -> [Tile] {
    let (inputWidth, width) = (perceptron.widths[layer], perceptron.widths[layer + 1])
    let height = max(16, 16_384 / inputWidth / 16 * 16)
    return stride(from: 0, to: width, by: height).map {
      Tile(perceptron: index, outputs: $0..<min(width, $0 + height))
    }
  }

  // MARK: Places

  private func rowCount(_ perceptron: Perceptron) -> Int {
    plan.samplesPerShard * perceptron.rowsPerLatent
  }

  private func sums(shard: Int, offset: Int, width: Int, of level: Int) -> DoubleView {
    shardSums.view.slice(shard * 2 * levels[level].normalizedWidth + 2 * offset, 2 * width)
  }

  private func reduceSums(_ count: Int, into result: DoubleView, phase: Phase)
    throws(CollectiveError)
  {
    clock.mark(phase)
    try reduction.sum(shards: shardSums.view, stride: count, into: result)
    clock.mark(.communication)
  }
}
