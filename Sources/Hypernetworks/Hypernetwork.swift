// The hypernetwork in training: latents to weight vectors and gradients back.

import Collectives
import Host
import Numerics
import Optimizers

/// A hypernetwork's forward and backward pass over this rank's share of a minibatch, with batch
/// normalization over the latents and filters of all ranks. All buffers are made once.
public final class Hypernetwork {
  public let parameters: HypernetworkParameters
  public var layout: HypernetworkLayout { parameters.layout }
  /// This rank's samples of the minibatch.
  public let samples: Range<Int>
  /// The parameters that this rank is to update, in their order.
  public var ownedParameters: [Range<Int>] { exchange.owned }
  /// Whether all means and variances by which the last forward pass normalized are finite.
  public var hasFiniteStatistics: Bool {
    extractor.hasFiniteStatistics && generators.hasFiniteStatistics
  }

  private let pool: WorkerPool
  private let clock: PhaseClock
  private let extractor: PerceptronGroup
  private let generators: PerceptronGroup
  private let assembly: WeightAssembly
  private let trace: GaugeTrace
  private let exchange: ParameterExchange
  private let columnGradients: ColumnGradients
  /// Nil without a free centre.
  private let centerGradients: CenterGradientSums?
  /// (local samples, D)
  private let weights: AlignedBuffer<Float>

  /// `precision`: bfloat16 where weight generators' products behind their first layers may multiply it; they do where the
  /// processor does. `placement`: who updates the parameters. `wideLayers`: who makes the gradients of layers with one row a latent, where
  /// each rank updates its part. Collective.
  public init(
    parameters: HypernetworkParameters, fixesGauge: Gauge, plan: ShardPlan,
    communicator: Communicator, reduction kind: Reduction = .reproducible,
    placement: OptimizerPlacement = .replicated, wideLayers: WideLayers = .divided,
    precision: ElementType = .float32,
    pool: WorkerPool, clock: PhaseClock
  ) throws(CollectiveError) {
    self.parameters = parameters
    self.pool = pool
    self.clock = clock
    let layout = parameters.layout
    samples = plan.samples(of: communicator.rank)
    let parts = ParameterExchange.parts(layout, plan, placement, wideLayers)
    func divided(_ group: GradientPart.Group) -> Set<Int> {
      Set(parts.filter { $0.group == group }.compactMap { $0.columns?.perceptron })
    }
    let extractor = PerceptronGroup(
      [layout.extractor], parameters: parameters, plan: plan, communicator: communicator,
      reduction: kind, factors: .float32, pool: pool, clock: clock, inputGradient: false,
      divided: divided(.extractor))
    let generators = PerceptronGroup(
      layout.generators, parameters: parameters, plan: plan, communicator: communicator,
      reduction: kind, factors: precision.multiplied, pool: pool, clock: clock, inputGradient: true,
      divided: divided(.generators))
    (self.extractor, self.generators) = (extractor, generators)
    assembly = WeightAssembly(parameters, gauge: fixesGauge)
    trace = assembly.gauge.trace(vectorCount: samples.count, threadCount: pool.threadCount)
    exchange = try ParameterExchange(
      parts, kind, placement, parameterCount: layout.parameters.count, nodes: generators.nodes,
      plan: plan, communicator: communicator)
    columnGradients = ColumnGradients(
      exchange.divided, plan: plan, parameterCount: layout.parameters.count,
      threadCount: pool.threadCount
    ) { group, perceptron in
      (group == .extractor ? extractor : generators).lastFactors[perceptron]
    }
    centerGradients = CenterGradientSums(
      parameters, nodes: exchange.nodes, plan: plan, shards: plan.shards(of: communicator.rank),
      threadCount: pool.threadCount)
    weights = AlignedBuffer(count: samples.count * layout.weightCount)
  }

  /// The weight vectors, (local samples, D) with the gauge fixed, of `latents`, (local samples, d). They stay
  /// until the next forward pass. Collective.
  public func forward(_ latents: FloatView) throws(CollectiveError) -> FloatView {
    extractor.inputs[0].copy(from: latents)
    try extractor.forward { level throws(CollectiveError) in
      try clock.communicate(exchange.finish(.extractor, upTo: level))
    }
    pool.forEach(
      samples.count,
      DistributeCodes(
        assembly: assembly, codes: extractor.outputs[0], inputs: generators.inputs))
    try generators.forward { level throws(CollectiveError) in
      try clock.communicate(exchange.finish(.generators, upTo: level))
    }
    try shareParameters()
    pool.forEach(
      samples.count,
      AssembleWeights(
        assembly: assembly, latents: extractor.inputs[0], outputs: generators.outputs, trace: trace,
        weights: weights.view))
    return weights.view
  }

  /// Moves the running averages of all normalizations towards the statistics of the last forward pass, that of
  /// step `step` (from 1 on), with decay min(`normalizationDecay`, 1 - 1 / step).
  public func moveRunningAverages(step: Int) {
    extractor.moveRunningAverages(step: step)
    generators.moveRunningAverages(step: step)
  }

  /// Sets off to bring the parameters that each rank has updated to all ranks. What needs them waits for them: the next forward pass, or
  /// ``shareParameters()``. Collective.
  public func startSharing() throws(CollectiveError) {
    try clock.communicate(exchange.startGather(parameters.values))
  }

  /// Returns when every rank has all parameters. Collective.
  public func shareParameters() throws(CollectiveError) {
    try clock.communicate(exchange.finish())
  }

  /// Brings what each rank has of `values`, one number a parameter, for ``ownedParameters`` to all ranks. Collective.
  public func gather(_ values: FloatView) throws(CollectiveError) {
    try exchange.finish()
    try exchange.startGather(values)
    try exchange.finish()
  }

  /// dL/d(parameters) over the whole minibatch, of ``ownedParameters``, from `weightGradients`, dL/d(weights) of the
  /// last forward pass: (local samples, D), overwritten with the gradients from before the gauge was fixed. Each part
  /// of the gradient sets off to the other ranks when it is complete. It stays until the next backward pass.
  /// Collective.
  public func backward(_ weightGradients: FloatView) throws(CollectiveError) -> FloatView {
    pool.forEach(
      samples.count,
      DisassembleGradients(
        assembly: assembly, weights: weights.view, gradients: weightGradients, trace: trace,
        outputGradients: generators.outputGradients))
    centerGradients?.run(
      latents: extractor.inputs[0], weightGradients: weightGradients,
      into: exchange.nodeGradients, pool: pool)
    try backward(generators, .generators)
    pool.forEach(
      samples.count,
      CollectCodeGradients(
        assembly: assembly, inputGradients: generators.inputGradients,
        codeGradients: extractor.outputGradients[0]))
    try backward(extractor, .extractor)
    try clock.communicate(exchange.finishRows())
    try columnGradients.run(into: exchange.gradient, pool: pool) { () throws(CollectiveError) in
      try clock.communicate(exchange.progress())
    }
    try clock.communicate(exchange.finish())
    generators.finishGradient(exchange.gradient)
    extractor.finishGradient(exchange.gradient)
    return exchange.gradient
  }

  /// Runs a group backward; what is complete sets off level by level.
  private func backward(_ group: PerceptronGroup, _ name: GradientPart.Group)
    throws(CollectiveError)
  {
    try clock.communicate(columnGradients.start(name))
    try clock.communicate(exchange.start(name, level: group.levelCount))
    try group.backward(into: exchange.nodeGradients) { () throws(CollectiveError) in
      try clock.communicate(exchange.progress())
    } finished: { level throws(CollectiveError) in
      try clock.communicate(exchange.start(name, level: level))
    }
  }
}

private struct DistributeCodes: LoopBody {
  let assembly: WeightAssembly
  let codes: FloatView
  let inputs: [FloatView]

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.codeCount
    assembly.distribute(codes.slice(local * count, count), of: local, to: inputs)
  }
}

private struct AssembleWeights: LoopBody {
  let assembly: WeightAssembly
  /// (local samples, d)
  let latents: FloatView
  let outputs: [FloatView]
  let trace: GaugeTrace
  let weights: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.weightCount
    let latentSize = assembly.latentSize
    assembly.assemble(
      local, latents.slice(local * latentSize, latentSize), from: outputs,
      into: weights.slice(local * count, count),
      trace.place(of: local, thread: thread))
  }
}

private struct DisassembleGradients: LoopBody {
  let assembly: WeightAssembly
  let weights: FloatView
  let gradients: FloatView
  let trace: GaugeTrace
  let outputGradients: [FloatView]

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.weightCount
    assembly.disassemble(
      gradients.slice(local * count, count), weights: weights.slice(local * count, count),
      of: local, to: outputGradients, trace.place(of: local, thread: thread))
  }
}

private struct CollectCodeGradients: LoopBody {
  let assembly: WeightAssembly
  let inputGradients: [FloatView]
  let codeGradients: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.codeCount
    assembly.collect(
      codeGradients.slice(local * count, count), of: local, from: inputGradients)
  }
}
