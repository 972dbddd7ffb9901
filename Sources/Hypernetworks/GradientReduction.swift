// The gradient's sum over all ranks, begun while the rest of it is computed.

import Collectives
import Numerics

/// Sums of the parts of a hypernetwork's gradient, each under way on its own: the generators' as one
/// part, and each layer of the extractor. All buffers are made once.
final class GradientReduction {
  /// dL / d parameters of this rank's nodes, (nodes, parameters): written by the backward pass, and not
  /// to be touched between a part's start and ``finish()``. On a single rank they are the sum.
  var nodeGradients: FloatView { isAlone ? gradient : nodeBuffer.view }
  /// Their sum over all ranks, when all parts are done.
  var gradient: FloatView { gradientBuffer.view }

  /// A run of the parameters and its sum.
  private struct Part {
    let range: Range<Int>
    let sum: ShardAllReduce<Float>
  }

  /// The runs of shards of ``nodeGradients``' rows.
  var nodes: [Range<Int>] { generators.sum.nodes }

  private let parameterCount: Int
  private let communicator: Communicator
  private let generators: Part
  private let extractorLayers: [Part]
  private let nodeBuffer: AlignedBuffer<Float>
  private let gradientBuffer: AlignedBuffer<Float>
  private let isAlone: Bool

  /// Collective.
  init(
    _ reduction: Reduction, layout: HypernetworkLayout, plan: ShardPlan, communicator: Communicator
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
    let starts =
      layout.extractor.weights.map(\.offset) + [layout.generators[0].weights[0].offset]
    var layers: [Part] = []
    for (start, end) in zip(starts, starts.dropFirst()) { layers.append(try part(start..<end)) }
    extractorLayers = layers
    generators = try part(starts.last!..<parameterCount)
    isAlone = communicator.size == 1
    // A rank without shards has none, and a place to point at.
    nodeBuffer = AlignedBuffer(
      count: isAlone ? 0 : max(1, generators.sum.nodes.count) * parameterCount)
    gradientBuffer = AlignedBuffer(count: parameterCount)
  }

  /// Sets off with the generators' part of ``nodeGradients``. Collective.
  func startGenerators() throws(CollectiveError) { try start(generators) }

  /// Sets off with the part of one of the extractor's layers (weight, scale and shift). Collective.
  func startExtractor(layer: Int) throws(CollectiveError) {
    try start(extractorLayers[layer])
    _ = try progress()
  }

  private func start(_ part: Part) throws(CollectiveError) {
    guard !isAlone else { return }
    try part.sum.start(
      nodes: nodeGradients.slice(
        part.range.lowerBound, nodeGradients.count - part.range.lowerBound),
      stride: parameterCount, into: gradient.slice(part.range))
  }

  /// Lets the parts move on; false when none is under way any more. Local.
  func progress() throws(CollectiveError) -> Bool {
    var isUnderWay = try generators.sum.progress()
    for layer in extractorLayers where try layer.sum.progress() { isUnderWay = true }
    return isUnderWay
  }

  /// Returns when all parts are done. Collective.
  func finish() throws(CollectiveError) {
    CommunicationMeter.shared.waitForOthers(communicator)
    while try progress() {}
  }
}
