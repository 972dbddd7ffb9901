// The hypernetwork's gradient to the ranks that update, and the parameters back to all.

import Collectives
import Numerics
import Optimizers

/// Messages about a hypernetwork's parameters, in parts that are under way each on its own: the generators' as one, and each layer of the
/// extractor. Gradients are summed over all ranks while the rest of the backward pass runs, on every rank or, of each part, on the ranks that
/// update it; what these have made of the parameters is brought to all while the next step's first work is done. All buffers are made once.
package final class ParameterExchange {
  /// The runs of shards of ``nodeGradients``' rows.
  var nodes: [Range<Int>] { generators.sum.nodes }
  /// dL / d parameters of this rank's nodes, (nodes, parameters): written by the backward pass, and not
  /// to be touched between a part's start and ``finish()``. On a single rank they are the sum.
  var nodeGradients: FloatView { nodeBuffer.view }
  /// Their sum over all ranks in the first node's place, when all parts are done, of the parameters in ``owned``.
  var gradient: FloatView { nodeBuffer.view.slice(0, parameterCount) }
  /// The parameters that this rank updates, in their order: all, or some of each part.
  let owned: [Range<Int>]

  /// A run of the parameters and its sum.
  private struct Part {
    let range: Range<Int>
    let sum: ShardAllReduce<Float>

    var owned: [Range<Int>] {
      sum.owned(of: range.count).map {
        range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound
      }
    }
  }

  private let parameterCount: Int
  private let communicator: Communicator
  private let generators: Part
  private let extractorLayers: [Part]
  private let nodeBuffer: AlignedBuffer<Float>
  /// Whether each rank has its own part of the sum.
  private let isDivided: Bool

  /// Collective.
  init(
    _ reduction: Reduction, _ placement: OptimizerPlacement, layout: HypernetworkLayout,
    plan: ShardPlan, communicator: Communicator
  )
    throws(CollectiveError)
  {
    func part(_ range: Range<Int>) throws(CollectiveError) -> Part {
      Part(
        range: range,
        sum: ShardAllReduce(
          reduction, communicator: try communicator.duplicate(), plan: plan, capacity: range.count))
    }
    self.communicator = communicator
    parameterCount = layout.parameters.count
    let ranges = Self.ranges(layout)
    var layers: [Part] = []
    for range in ranges.extractorLayers { layers.append(try part(range)) }
    extractorLayers = layers
    generators = try part(ranges.generators)
    isDivided = communicator.size > 1 && placement == .sharded
    owned = isDivided ? (layers + [generators]).flatMap(\.owned) : [0..<parameterCount]
    // A rank without shards has room for the sum all the same.
    nodeBuffer = AlignedBuffer(count: max(1, generators.sum.nodes.count) * parameterCount)
  }

  /// The parameters of each part, in the order in which their message spaces are made.
  package static func ranges(_ layout: HypernetworkLayout) -> (
    extractorLayers: [Range<Int>], generators: Range<Int>
  ) {
    let starts =
      layout.extractor.weights.map(\.offset) + [layout.generators[0].weights[0].offset]
    return (
      zip(starts, starts.dropFirst()).map { $0..<$1 }, starts.last!..<layout.parameters.count
    )
  }

  // MARK: Gradients

  /// Sets off with the generators' part of ``nodeGradients``. Collective.
  func startGenerators() throws(CollectiveError) { try start(generators) }

  /// Sets off with the part of one of the extractor's layers (weight, scale and shift). Collective.
  func startExtractor(layer: Int) throws(CollectiveError) {
    try start(extractorLayers[layer])
    _ = try progress()
  }

  private func start(_ part: Part) throws(CollectiveError) {
    guard communicator.size > 1 else { return }
    let (parts, result) = (
      nodeGradients.dropFirst(part.range.lowerBound), gradient.slice(part.range)
    )
    try isDivided
      ? part.sum.startScatter(nodes: parts, stride: parameterCount, into: result)
      : part.sum.start(nodes: parts, stride: parameterCount, into: result)
  }

  /// Lets all parts move on; false when none is under way any more. Local.
  func progress() throws(CollectiveError) -> Bool {
    let isUnderWay = try generators.sum.progress()
    return try progressExtractor() || isUnderWay
  }

  /// Returns when all parts are done. Collective.
  func finish() throws(CollectiveError) {
    CommunicationMeter.shared.waitForOthers(communicator)
    while try progress() {}
  }

  // MARK: Parameters

  /// Sets off to bring what each rank owns of `values`, one number a parameter, to all ranks; it may not be touched until
  /// ``finish()``. Collective.
  func startGather(_ values: FloatView) throws(CollectiveError) {
    guard isDivided else { return }
    for layer in extractorLayers { try layer.sum.startGather(values.slice(layer.range)) }
    try generators.sum.startGather(values.slice(generators.range))
  }

  /// Returns when this rank has all of the extractor's parameters. Collective.
  func finishExtractor() throws(CollectiveError) {
    while try progressExtractor() { _ = try generators.sum.progress() }
  }

  private func progressExtractor() throws(CollectiveError) -> Bool {
    var isUnderWay = false
    for layer in extractorLayers where try layer.sum.progress() { isUnderWay = true }
    return isUnderWay
  }
}
