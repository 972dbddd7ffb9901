// The hypernetwork in training: latents to weight vectors and gradients back.

import Collectives
import Host
import Numerics
import Optimizers

/// A hypernetwork's forward and backward pass over this rank's share of a minibatch, with batch
/// normalization over the latents and filters of all ranks. All buffers are made once.
///
/// Ranks that share a shard (``RankGroup``) have all its weight vectors; each makes some rows of the generators with many rows a latent, and all of what has one
/// row a latent, of which the owner's counts.
public final class Hypernetwork {
  public let parameters: HypernetworkParameters
  public var layout: HypernetworkLayout { parameters.layout }
  /// The samples of the minibatch whose weight vectors this rank has.
  public let samples: Range<Int>
  /// What exchanges rows with the ranks that share this one's shard, if there are any.
  package let group: RowGroup?
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
  /// Whether other ranks share shards and this one does not.
  private let standsBesideGroups: Bool
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
    samples = plan.imageSamples(of: communicator.rank)
    let parts = ParameterExchange.parts(layout, plan, placement, wideLayers)
    func divided(_ group: GradientPart.Group) -> Set<Int> {
      Set(parts.filter { $0.group == group }.compactMap { $0.columns?.perceptron })
    }
    exchange = try ParameterExchange(
      parts, kind, placement, parameterCount: layout.parameters.count, plan: plan,
      communicator: communicator)
    let nodes = (samples: exchange.samples, rows: exchange.rows)
    let extractor = PerceptronGroup(
      [layout.extractor], parameters: parameters, plan: plan, sums: .ofSamples(plan), nodes: nodes,
      communicator: communicator, reduction: kind, factors: .float32, pool: pool, clock: clock,
      inputGradient: false,
      divided: divided(.extractor))
    let generators = PerceptronGroup(
      layout.generators, parameters: parameters, plan: plan, sums: .ofRows(plan), nodes: nodes,
      communicator: communicator, reduction: kind, factors: precision.multiplied, pool: pool,
      clock: clock, inputGradient: true,
      divided: divided(.generators))
    (self.extractor, self.generators) = (extractor, generators)
    assembly = WeightAssembly(parameters, gauge: fixesGauge)
    trace = assembly.gauge.trace(vectorCount: samples.count, threadCount: pool.threadCount)
    columnGradients = ColumnGradients(
      exchange.divided, plan: plan, rank: communicator.rank,
      parameterCount: layout.parameters.count,
      threadCount: pool.threadCount
    ) { group, perceptron in
      (group == .extractor ? extractor : generators).lastFactors[perceptron]
    }
    centerGradients = CenterGradientSums(
      parameters, nodes: exchange.samples, plan: plan, threadCount: pool.threadCount)
    group = try Self.group(plan, layout, generators, communicator)
    standsBesideGroups = plan.hasGroups && group == nil
    weights = AlignedBuffer(count: samples.count * layout.weightCount)
  }

  /// Collective.
  private static func group(
    _ plan: ShardPlan, _ layout: HypernetworkLayout, _ generators: PerceptronGroup,
    _ communicator: Communicator
  ) throws(CollectiveError) -> RowGroup? {
    guard plan.hasGroups else { return nil }
    let group = plan.group(of: communicator.rank)
    let own = try communicator.split(color: group?.shard ?? plan.shardCount + communicator.rank)
    return group.map {
      RowGroup(
        $0, plan: plan, layout: layout, outputs: generators.outputs,
        inputGradients: generators.inputGradients, communicator: own)
    }
  }

  /// The weight vectors, (local samples, D) with the gauge fixed, of `latents`, (local samples, d). They stay
  /// until the next forward pass. Collective.
  public func forward(_ latents: FloatView) throws(CollectiveError) -> FloatView {
    extractor.inputs[0].values.copy(from: latents)
    try extractor.forward { level throws(CollectiveError) in
      try clock.communicate(exchange.finish(.extractor, upTo: level))
    }
    pool.forEach(
      samples.count,
      DistributeCodes(
        assembly: assembly, codes: extractor.outputs[0].values, inputs: generators.inputs))
    try generators.forward { level throws(CollectiveError) in
      try clock.communicate(exchange.finish(.generators, upTo: level))
    }
    let outputs =
      try inGroup { group throws(CollectiveError) in try group.gatherOutputs(generators.outputs) }
      ?? generators.outputs
    try shareParameters()
    pool.forEach(
      samples.count,
      AssembleWeights(
        assembly: assembly, latents: extractor.inputs[0].values, outputs: outputs, trace: trace,
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
  /// `isOwners`: of ranks that share a shard the owner's gradients are the ones that are meant. Collective.
  public func backward(_ weightGradients: FloatView, isOwners: Bool = false)
    throws(CollectiveError) -> FloatView
  {
    if isOwners {
      _ = try inGroup { group throws(CollectiveError) in try group.spread(weightGradients) }
    }
    pool.forEach(
      samples.count,
      DisassembleGradients(
        assembly: assembly, weights: weights.view, gradients: weightGradients, trace: trace,
        outputGradients: generators.outputGradients))
    centerGradients?.run(
      latents: extractor.inputs[0].values, weightGradients: weightGradients,
      into: exchange.nodeGradients, pool: pool)
    try backward(generators, .generators)
    let inputGradients =
      try inGroup { group throws(CollectiveError) in
        try group.gatherInputGradients(generators.inputGradients)
      } ?? generators.inputGradients
    pool.forEach(
      samples.count,
      CollectCodeGradients(
        assembly: assembly, inputGradients: inputGradients,
        codeGradients: extractor.outputGradients[0].values))
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

  /// What is exchanged with the ranks that share this one's shard; nil without any.
  private func inGroup<Result>(
    _ exchange: (RowGroup) throws(CollectiveError) -> Result
  ) throws(CollectiveError) -> Result? {
    // Ranks without a group leave the marks of those that have one: who has the fewest stands still.
    if standsBesideGroups { for _ in 0..<2 { clock.pulse.mark() } }
    guard let group else { return nil }
    return try clock.communicate(exchange(group))
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
  let inputs: [RowBlock]

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.codeCount
    assembly.distribute(codes.slice(local * count, count), of: local, to: inputs)
  }
}

private struct AssembleWeights: LoopBody {
  let assembly: WeightAssembly
  /// (local samples, d)
  let latents: FloatView
  let outputs: [RowBlock]
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
  let outputGradients: [RowBlock]

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.weightCount
    assembly.disassemble(
      gradients.slice(local * count, count), weights: weights.slice(local * count, count),
      of: local, to: outputGradients, trace.place(of: local, thread: thread))
  }
}

private struct CollectCodeGradients: LoopBody {
  let assembly: WeightAssembly
  let inputGradients: [RowBlock]
  let codeGradients: FloatView

  func callAsFunction(_ local: Int, _ thread: Int) {
    let count = assembly.codeCount
    assembly.collect(
      codeGradients.slice(local * count, count), of: local, from: inputGradients)
  }
}
