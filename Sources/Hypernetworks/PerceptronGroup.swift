// Perceptrons that run in lockstep on this rank's rows, so that they share reductions.

import Collectives
import Host
import Numerics

/// Forward and backward of several perceptrons of the same minibatch, layer by layer in lockstep: the
/// batch normalizations of one level are combined over ranks in one reduction.
///
/// Arithmetic that mixes rows is done leaf by leaf (``RowLeaves``) and summed along the reduction tree; everything else
/// is done row by row. So the results do not depend on ranks or threads.
package final class PerceptronGroup {
  private let levels: [PerceptronLevel]
  /// The pieces of each level's weight gradients.
  private let tiles: [[WeightTile]]
  /// The last layers' `output` and `gradient`, the first layers' `input` and `inputGradient`, one a perceptron; rows lie one
  /// behind the other.
  let inputs: [RowBlock]
  let outputs: [RowBlock]
  let outputGradients: [RowBlock]
  let inputGradients: [RowBlock]
  /// What the last layers' weight gradients are made of, one a perceptron.
  let lastFactors: [GradientFactors]
  var levelCount: Int { levels.count }
  /// Whether means and variances of the last forward pass are.
  private(set) var hasFiniteStatistics = true

  private let normalizationDecay: Float
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let reduction: ShardAllReduce<Double>
  /// Each leaf's sums of a level, and their totals over all leaves of all ranks.
  private let leafSums: DoubleView
  private let totals: DoubleView
  private let weightGradients: WeightGradientSums
  private let scratch: PerceptronLevel.Scratch
  /// The owners of all views.
  private let floats: BufferList<Float>
  private let doubles: BufferList<Double>

  /// - Parameters:
  ///   - sums: what rows are summed along.
  ///   - nodes: those of this rank, of the samples and of rows that are cut.
  ///   - factors: what products behind the first layers' multiply.
  ///   - inputGradient: whether the backward pass overwrites ``inputGradients``.
  ///   - divided: the perceptrons whose last layer's weight gradient is made elsewhere.
  init(
    _ perceptrons: [Perceptron], parameters: HypernetworkParameters, plan: ShardPlan,
    sums: SumPlan, nodes: (samples: NodeSums, rows: NodeSums), communicator: Communicator,
    reduction kind: Reduction, factors: ElementType, pool: WorkerPool,
    clock: PhaseClock, inputGradient: Bool, divided: Set<Int>
  ) {
    let leafCount = sums.leaves(of: communicator.rank).count
    let rowLeaves = perceptrons.map {
      RowLeaves(
        rowsPerLatent: $0.rowsPerLatent, plan: plan, sums: sums, rank: communicator.rank)
    }
    let architecture = parameters.layout.architecture
    /// A first layer's input is not normalized: what rows have in common may be much larger than what differs.
    func layerFactors(_ index: Int) -> ElementType { index == 0 ? .float32 : factors }
    let floats = BufferList<Float>()
    let doubles = BufferList<Double>()
    let depth = perceptrons.map(\.depth).max() ?? 0
    let sumCounts = Self.sumCounts(perceptrons)
    /// Where each perceptron's packed weights lie, level by level.
    let packedCounts = (0..<depth).map { level in
      zip(perceptrons, rowLeaves).map { perceptron, leaves in
        level >= perceptron.depth
          ? 0
          : PerceptronLayer.packedCount(
            rows: leaves.rows.count,
            inputWidth: perceptron.widths[level], width: perceptron.widths[level + 1],
            factors: layerFactors(level))
      }
    }
    let packed = floats.make(packedCounts.map { $0.reduce(0, +) }.max() ?? 0)
    let mostSums = sumCounts.max() ?? 0
    // Behind the leaves, what rows leave that do not count.
    let leafSums = doubles.make((leafCount + 1) * mostSums)
    var levels = sumCounts.map { PerceptronLevel(sumCount: $0, backwardSums: doubles.make($0)) }
    var offsets = [Int](repeating: 0, count: levels.count)
    var ends: [(first: PerceptronLayer, last: PerceptronLayer)] = []
    for (number, perceptron) in perceptrons.enumerated() {
      let leaves = rowLeaves[number]
      let rows = leaves.rows.count
      func matrix(_ width: Int, isHidden: Bool) -> MatrixView {
        let columns = isHidden ? MatrixView.padded(width) : width
        return MatrixView(floats.make(rows * columns), rows: rows, columns: columns)
      }
      var below: PerceptronLayer?
      var first: PerceptronLayer?
      for index in 0..<perceptron.depth {
        let (inputWidth, width) = (perceptron.widths[index], perceptron.widths[index + 1])
        let isHidden = index < perceptron.depth - 1
        let output = matrix(width, isHidden: isHidden)
        var normalization: HiddenNormalization?
        if isHidden {
          let (scale, shift) = (perceptron.scales[index].range, perceptron.shifts[index].range)
          let sumCount = HiddenNormalization.sumCount(width: width)
          normalization = HiddenNormalization(
            width: width, leaves: leaves,
            rowCount: plan.sampleCount * perceptron.rowsPerLatent,
            epsilon: architecture.normalizationEpsilon, activations: output,
            scale: parameters.values.slice(scale), shift: parameters.values.slice(shift),
            runningMean: parameters.statistics.slice(perceptron.runningMeans[index].range),
            runningVariance: parameters.statistics.slice(perceptron.runningVariances[index].range),
            scaleRange: scale, shiftRange: shift,
            features: NormalizedFeatures(
              floats.make(NormalizedFeatures.count(width: width)), width: width),
            variances: floats.make(width),
            backwardSums: levels[index].backwardSums.slice(offsets[index], sumCount),
            levelSums: leafSums, stride: sumCounts[index], offset: offsets[index])
          offsets[index] += sumCount
        }
        let weight = perceptron.weights[index]
        let layer = PerceptronLayer(
          leaves: leaves, leak: architecture.leak, factors: layerFactors(index),
          weight: MatrixView(
            parameters.values.slice(weight.range), rows: width, columns: inputWidth),
          weightOffset: weight.offset, input: matrix(inputWidth, isHidden: index > 0),
          output: output, gradient: matrix(width, isHidden: isHidden),
          inputGradient: below?.gradient
            ?? (inputGradient ? matrix(inputWidth, isHidden: false) : nil),
          below: below?.normalization,
          skippedInput: below.flatMap { $0.isSkipped ? $0.input : nil },
          normalization: normalization, isSkipped: perceptron.skips[index],
          packed: packed.slice(
            packedCounts[index][..<number].reduce(0, +), packedCounts[index][number]))
        levels[index].add(
          layer, sumsGradient: isHidden || !divided.contains(number), leafCount: leafCount,
          threadCount: pool.threadCount)
        first = first ?? layer
        below = layer
      }
      if let first, let below { ends.append((first, below)) }
    }
    inputs = ends.map { RowBlock($0.first.leaves, $0.first.input) }
    outputs = ends.map { RowBlock($0.last.leaves, $0.last.output) }
    outputGradients = ends.map { RowBlock($0.last.leaves, $0.last.gradient) }
    inputGradients = ends.compactMap { end in
      end.first.inputGradient.map { RowBlock(end.first.leaves, $0) }
    }
    lastFactors = ends.map(\.last.gradientFactors)

    self.levels = levels
    self.leafSums = leafSums
    self.pool = pool
    self.clock = clock
    self.floats = floats
    self.doubles = doubles
    normalizationDecay = architecture.normalizationDecay
    reduction = ShardAllReduce(kind, communicator: communicator, plan: sums, capacity: mostSums)
    totals = doubles.make(mostSums)
    tiles = levels.map { WeightTile.all(of: $0.summed, threadCount: pool.threadCount) }
    weightGradients = WeightGradientSums(
      tiles.flatMap(\.self), samples: nodes.samples, rows: nodes.rows,
      parameterCount: parameters.layout.parameters.count, threadCount: pool.threadCount)
    let most =
      levels.flatMap(\.layers).map { max($0.forwardScratch, $0.backwardScratch) }.max() ?? 0
    scratch = PerceptronLevel.Scratch(
      numbers: floats.make(pool.threadCount * MatrixView.padded(most)),
      threadCount: pool.threadCount)
  }

  /// Numbers that are summed over all ranks behind each level.
  package static func sumCounts(_ perceptrons: [Perceptron]) -> [Int] {
    (0..<(perceptrons.map(\.depth).max() ?? 0)).map { level in
      perceptrons.reduce(0) {
        $0 + HiddenNormalization.sumCount(width: $1.normalizedWidth(behind: level))
      }
    }
  }

  /// Runs all layers on ``inputs``, leaving the results in ``outputs``, with the minibatch's own statistics. `awaitParameters` is called before each
  /// level. Collective. Cost: 2 * rows * weights FLOPs.
  func forward(awaitParameters: (_ level: Int) throws(CollectiveError) -> Void)
    throws(CollectiveError)
  {
    hasFiniteStatistics = true
    for (index, level) in levels.enumerated() {
      try awaitParameters(index)
      level.forward(scratch, pool: pool)
      guard level.sumCount > 0 else { continue }
      let totals = totals.slice(0, level.sumCount)
      try reduceSums(of: level, into: totals)
      for layer in level.layers {
        if layer.normalization?.takeMoments(from: totals) == false { hasFiniteStatistics = false }
      }
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
  /// dL/dW summed over each node's leaves, and zeroes those of scales and shifts, whose gradients are
  /// known on every rank: see ``finishGradient(_:)``. `finished` is called after each level, from the
  /// last to the first, when its entries are complete, `progress` now and then. Collective. Cost:
  /// 4 * rows * weights FLOPs.
  func backward(
    into nodeGradients: FloatView, progress: () throws(CollectiveError) -> Void,
    finished: (_ level: Int) throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    for index in levels.indices.reversed() {
      let level = levels[index]
      try level.backward(scratch, pool: pool, meanwhile: progress)
      try weightGradients.run(tiles[index], into: nodeGradients, pool: pool, meanwhile: progress)
      try finished(index)
      if index > 0, levels[index - 1].sumCount > 0 {
        try reduceSums(of: levels[index - 1], into: levels[index - 1].backwardSums)
        for layer in levels[index - 1].layers { layer.normalization?.takeBackwardSums() }
      }
    }
  }

  /// Overwrites the entries of this group's scales and shifts in `gradient`, the all-reduced gradient.
  func finishGradient(_ gradient: FloatView) {
    forEachNormalization { $0.storeGradients(in: gradient) }
  }

  /// Sums what the last loop left of each leaf.
  private func reduceSums(of level: PerceptronLevel, into result: DoubleView)
    throws(CollectiveError)
  {
    level.clearEmptySums()
    try clock.communicate(reduction.sum(shards: leafSums, stride: result.count, into: result))
  }

  private func forEachNormalization(_ body: (HiddenNormalization) -> Void) {
    for level in levels {
      for layer in level.layers { layer.normalization.map(body) }
    }
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
