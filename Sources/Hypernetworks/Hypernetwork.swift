// The hypernetwork in training: latents to weight vectors and gradients back.

import Collectives
import Host
import Numerics

/// A hypernetwork's forward and backward pass over this rank's share of a minibatch, with batch
/// normalization over the latents and filters of all ranks. All buffers are made once.
public final class Hypernetwork: @unchecked Sendable {
  public let parameters: HypernetworkParameters
  public var layout: HypernetworkLayout { parameters.layout }
  /// This rank's samples of the minibatch.
  public let samples: Range<Int>
  /// Generated weight vectors, (local samples, D), after gauge fixing.
  public var weights: FloatView { weightBuffer.view }
  /// dL / d weights, (local samples, D): filled by the target networks and the diversity term.
  public var weightGradients: FloatView { gradientBuffer.view }
  /// dL / d parameters over the whole minibatch, after ``backward()``.
  public var parameterGradient: FloatView { parameterGradientBuffer.view }

  private let communicator: Communicator
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let gauge: GaugeFixing?
  private let permutation: PermutationGauge?
  private let extractor: PerceptronGroup
  private let generators: PerceptronGroup
  private let reduction: GradientReduction
  private let weightBuffer: AlignedBuffer<Float>
  private let gradientBuffer: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let scaleGradients: AlignedBuffer<Float>
  private let parameterGradientBuffer: AlignedBuffer<Float>
  /// (local samples, permutation.orderCount): the order of each network's filters.
  private let orders: AlignedBuffer<Int32>
  /// One weight vector a thread, where filters are put in order.
  private let scratch: AlignedBuffer<Float>

  /// Collective.
  public init(
    parameters: HypernetworkParameters, fixesGauge: Gauge, plan: ShardPlan,
    communicator: Communicator, reduction kind: Reduction = .reproducible, pool: WorkerPool,
    clock: PhaseClock
  ) throws(CollectiveError) {
    self.parameters = parameters
    self.communicator = communicator
    self.pool = pool
    self.clock = clock
    let layout = parameters.layout
    samples = plan.samples(of: communicator.rank)
    gauge = fixesGauge == .none ? nil : GaugeFixing(target: layout.target)
    permutation =
      fixesGauge == .scalePermutation ? PermutationGauge(target: layout.target) : nil
    extractor = PerceptronGroup(
      [layout.extractor], parameters: parameters, plan: plan, communicator: communicator,
      reduction: kind, pool: pool, clock: clock, inputGradient: false)
    generators = PerceptronGroup(
      layout.generators, parameters: parameters, plan: plan, communicator: communicator,
      reduction: kind, pool: pool, clock: clock, inputGradient: true)
    reduction = try GradientReduction(
      kind, layout: layout, plan: plan, communicator: communicator)
    weightBuffer = AlignedBuffer(count: samples.count * layout.weightCount)
    gradientBuffer = AlignedBuffer(count: samples.count * layout.weightCount)
    let scaleCount = gauge?.scaleCount ?? 0
    scales = AlignedBuffer(count: samples.count * scaleCount)
    scaleGradients = AlignedBuffer(count: samples.count * scaleCount)
    parameterGradientBuffer = AlignedBuffer(count: layout.parameters.count)
    orders = AlignedBuffer(count: samples.count * (permutation?.orderCount ?? 0))
    scratch = AlignedBuffer(
      count: permutation == nil ? 0 : pool.threadCount * layout.weightCount)
  }

  /// Where the latent of a local sample (0, 1, ...) is to be written, d numbers.
  public func latent(_ local: Int) -> FloatView {
    extractor.activations[0].inputs[0].slice(local * layout.latentSize, layout.latentSize)
  }

  /// Overwrites ``weights`` from the latents. Collective.
  public func forward() throws(CollectiveError) {
    try extractor.forward()
    pool.forEach(samples.count, distributeCodes)
    try generators.forward()
    pool.forEach(samples.count, assembleWeights)
    clock.mark(.generate)
  }

  /// Moves the running averages of all normalizations towards the statistics of the last forward pass, that of
  /// step `step` (from 1 on), with decay min(`normalizationDecay`, 1 - 1 / step).
  public func moveRunningAverages(step: Int) {
    extractor.moveRunningAverages(step: step)
    generators.moveRunningAverages(step: step)
  }

  /// Overwrites ``parameterGradient``, on every rank the same, from ``weightGradients`` (scratch
  /// afterwards). Each part of the gradient sets off to the other ranks when it is complete. Collective.
  public func backward() throws(CollectiveError) {
    pool.forEach(samples.count, disassembleGradients)
    try generators.backward(into: reduction.nodeGradients, progress: {}, finished: { _ in })
    try communicate { () throws(CollectiveError) in
      try reduction.startGenerators(into: parameterGradient)
    }
    pool.forEach(samples.count, collectCodeGradients)
    try extractor.backward(into: reduction.nodeGradients) { () throws(CollectiveError) in
      try communicate { () throws(CollectiveError) in _ = try reduction.progress() }
    } finished: { layer throws(CollectiveError) in
      try communicate { () throws(CollectiveError) in
        try reduction.startExtractor(layer: layer, into: parameterGradient)
      }
    }
    try communicate { () throws(CollectiveError) in try reduction.finish() }
    generators.finishGradient(parameterGradient)
    extractor.finishGradient(parameterGradient)
    clock.mark(.backward)
  }

  /// Counts the time before as the backward pass's, that of `body` as communication.
  private func communicate(_ body: () throws(CollectiveError) -> Void) throws(CollectiveError) {
    clock.mark(.backward)
    try body()
    clock.mark(.communication)
  }

  private lazy var distributeCodes: WorkerPool.Body = { [unowned self] local, _ in
    forEachCode(
      local, of: extractor.activations[0].outputs.last!, in: { $0.inputs[0] },
      { codes, input in input.copy(from: codes) })
  }

  private lazy var assembleWeights: WorkerPool.Body = { [unowned self] local, thread in
    let theta = weights.slice(local * layout.weightCount, layout.weightCount)
    for (index, block) in layout.target.blocks.enumerated() {
      theta.slice(block.range).copy(from: generated(index, local, in: { $0.outputs.last! }))
    }
    guard let gauge else { return }
    let scales = scales.view.slice(local * gauge.scaleCount, gauge.scaleCount)
    gauge.apply(to: theta, scales: scales)
    if let permutation {
      let order = orders.view.slice(local * permutation.orderCount, permutation.orderCount)
      let unsorted = scratch.view.slice(thread * layout.weightCount, layout.weightCount)
      unsorted.copy(from: theta)
      permutation.sort(by: scales, into: order)
      permutation.apply(order, to: unsorted, into: theta)
    }
  }

  private lazy var disassembleGradients: WorkerPool.Body = { [unowned self] local, thread in
    let own = local * layout.weightCount
    let gradient = weightGradients.slice(own, layout.weightCount)
    if let gauge {
      let range = local * gauge.scaleCount..<(local + 1) * gauge.scaleCount
      var theta = weights.slice(own, layout.weightCount)
      if let permutation {
        let order = orders.view.slice(local * permutation.orderCount, permutation.orderCount)
        let unsorted = scratch.view.slice(thread * layout.weightCount, layout.weightCount)
        permutation.undo(order, from: gradient, into: unsorted)
        gradient.copy(from: unsorted)
        permutation.undo(order, from: theta, into: unsorted)
        theta = unsorted
      }
      gauge.backward(
        gradient, weights: theta, scales: scales.view.slice(range),
        scaleGradients: scaleGradients.view.slice(range))
    }
    for (index, block) in layout.target.blocks.enumerated() {
      generated(index, local, in: { $0.gradients.last! }).copy(from: gradient.slice(block.range))
    }
  }

  private lazy var collectCodeGradients: WorkerPool.Body = { [unowned self] local, _ in
    forEachCode(
      local, of: extractor.activations[0].gradients.last!, in: { $0.inputGradient! },
      { codes, gradient in codes.copy(from: gradient) })
  }

  /// A block's part of what its generator yields for a local sample, in one of the generator's buffers.
  private func generated(
    _ block: Int, _ local: Int, in buffer: (PerceptronGroup.Activations) -> FloatView
  ) -> FloatView {
    let source = layout.sources[block]
    let generator = layout.generators[source.generator]
    return buffer(generators.activations[source.generator]).slice(
      (local * generator.rowsPerLatent + source.rows.lowerBound) * generator.outputWidth,
      source.rows.count * generator.outputWidth)
  }

  /// Calls `body` with each block's codes of a local sample in the extractor's `buffer`, and the same
  /// place in a buffer of its generator's input.
  private func forEachCode(
    _ local: Int, of buffer: FloatView, in input: (PerceptronGroup.Activations) -> FloatView,
    _ body: (_ codes: FloatView, _ input: FloatView) -> Void
  ) {
    let codes = buffer.slice(local * layout.codeCount, layout.codeCount)
    for source in layout.sources {
      let generator = layout.generators[source.generator]
      let count = source.rows.count * generator.inputWidth
      let first =
        (local * generator.rowsPerLatent + source.rows.lowerBound) * generator.inputWidth
      body(
        codes.slice(source.codeOffset, count),
        input(generators.activations[source.generator]).slice(first, count))
    }
  }
}
