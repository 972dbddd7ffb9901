// The hypernetwork's gradient to the ranks that update, and the parameters back to all.

import Collectives
import Numerics
import Optimizers

/// Messages about a hypernetwork's parameters, in parts that are under way each on its own (``GradientPart``). Gradients are summed over all ranks
/// while the rest of the backward pass runs, on every rank or, of each part, on the ranks that update it; what these have made of the parameters is
/// brought to all while the next step's first work is done. All buffers are made once.
package final class ParameterExchange {
  /// What is summed into ``nodeGradients``' rows: of layers whose rows are cut into leaves of their own, and of all others.
  let rows: NodeSums
  let samples: NodeSums
  /// dL / d parameters of this rank's nodes, (nodes, parameters), as many as a parameter's sums have: written by the backward pass, and not
  /// to be touched between a part's start and ``finish()``. On a single rank they are the sum.
  var nodeGradients: FloatView { nodeBuffer.view }
  /// Their sum over all ranks in the first node's place, when all parts are done, of the parameters in ``owned``.
  var gradient: FloatView { nodeBuffer.view.slice(0, parameterCount) }
  /// The parameters that this rank updates, in their order: all, or some of each part.
  let owned: [Range<Int>]
  /// The layers whose columns are divided, and what brings their rows.
  let divided: [(part: GradientPart, exchange: ColumnExchange)]

  /// A run of the parameters and what brings its gradient to who updates it.
  private struct Part {
    enum Way {
      case summed(ShardAllReduce<Float>)
      case divided(ColumnExchange, inputs: Int)
    }
    let part: GradientPart
    let way: Way

    var range: Range<Int> { part.range }

    var owned: [Range<Int>] {
      let runs =
        switch way {
        case .summed(let sum): sum.owned(of: range.count)
        case .divided(let exchange, let inputs):
          [exchange.owned.lowerBound * inputs..<exchange.owned.upperBound * inputs]
        }
      return runs.map { range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound }
    }

    func startGather(_ values: FloatView) throws(CollectiveError) {
      switch way {
      case .summed(let sum): try sum.startGather(values)
      case .divided(let exchange, _): try exchange.startGather(values)
      }
    }

    /// Whether something is still under way.
    func progress() throws(CollectiveError) -> Bool {
      switch way {
      case .summed(let sum): try sum.progress()
      case .divided(let exchange, _): try exchange.progress()
      }
    }

    var isDivided: Bool {
      switch way {
      case .summed: false
      case .divided: true
      }
    }
  }

  private let parameterCount: Int
  private let communicator: Communicator
  private let parts: [Part]
  private let nodeBuffer: AlignedBuffer<Float>
  /// Whether each rank has its own part of the sum.
  private let isSharded: Bool

  /// Collective.
  ///
  /// `all`: of ``parts(_:_:_:_:)``.
  init(
    _ all: [GradientPart], _ reduction: Reduction, _ placement: OptimizerPlacement,
    parameterCount: Int, plan: ShardPlan, communicator: Communicator
  ) throws(CollectiveError) {
    self.communicator = communicator
    self.parameterCount = parameterCount
    isSharded = communicator.size > 1 && placement == .sharded
    let (ofRows, ofSamples) = (SumPlan.ofRows(plan), SumPlan.ofSamples(plan))
    func nodeSums(_ plan: SumPlan) -> NodeSums {
      NodeSums(
        ShardAllReduce<Float>.nodes(reduction, plan, rank: communicator.rank),
        of: plan.leaves(of: communicator.rank), grain: plan.tree.grain)
    }
    (rows, samples) = (nodeSums(ofRows), nodeSums(ofSamples))
    var parts: [Part] = []
    var divided: [(part: GradientPart, exchange: ColumnExchange)] = []
    for part in all {
      let space = try communicator.duplicate()
      if let columns = part.columns {
        let exchange = ColumnExchange(
          communicator: space, plan: plan, columns: columns.count, shared: columns.inputColumns,
          weights: columns.inputs)
        divided.append((part, exchange))
        parts.append(Part(part: part, way: .divided(exchange, inputs: columns.inputs)))
      } else {
        parts.append(
          Part(
            part: part,
            way: .summed(
              ShardAllReduce(
                reduction, communicator: space, plan: part.isOfRows ? ofRows : ofSamples,
                capacity: part.range.count))))
      }
    }
    self.parts = parts
    self.divided = divided
    owned =
      isSharded ? parts.flatMap(\.owned).filter { !$0.isEmpty } : [0..<parameterCount]
    // A rank without leaves has room for the sum all the same.
    nodeBuffer = AlignedBuffer(
      count: max(1, rows.nodes.count, samples.nodes.count) * parameterCount)
  }

  /// The parts in the order in which their message spaces are made. Where every rank updates all, or there is one alone, no layer is divided.
  package static func parts(
    _ layout: HypernetworkLayout, _ plan: ShardPlan, _ placement: OptimizerPlacement,
    _ wideLayers: WideLayers
  ) -> [GradientPart] {
    GradientPart.all(
      layout, plan,
      dividing: plan.rankCount > 1 && placement == .sharded && wideLayers == .divided)
  }

  // MARK: Gradients

  /// Sets off with those parts of ``nodeGradients`` that are complete behind a level, but for divided layers. Collective.
  func start(_ group: GradientPart.Group, level: Int) throws(CollectiveError) {
    guard communicator.size > 1 else { return }
    for part in parts where part.part.group == group && part.part.level == level {
      guard case .summed(let sum) = part.way else { continue }
      let (nodes, result) = (
        nodeGradients.dropFirst(part.range.lowerBound), gradient.slice(part.range)
      )
      try isSharded
        ? sum.startScatter(nodes: nodes, stride: parameterCount, into: result)
        : sum.start(nodes: nodes, stride: parameterCount, into: result)
    }
  }

  /// Lets all parts move on. Local.
  func progress() throws(CollectiveError) {
    guard communicator.size > 1 else { return }
    for part in parts { _ = try part.progress() }
  }

  /// Returns when the rows of all divided layers are here. Collective.
  func finishRows() throws(CollectiveError) {
    if divided.isEmpty { return }
    CommunicationMeter.shared.waitForOthers(communicator)
    try finish { $0.isDivided }
  }

  /// Returns when all parts are done. Collective.
  func finish() throws(CollectiveError) {
    CommunicationMeter.shared.waitForOthers(communicator)
    try finish { _ in true }
  }

  // MARK: Parameters

  /// Sets off to bring what each rank owns of `values`, one number a parameter, to all ranks; it may not be touched until
  /// ``finish()``. Collective.
  func startGather(_ values: FloatView) throws(CollectiveError) {
    guard isSharded else { return }
    for part in parts { try part.startGather(values.slice(part.range)) }
  }

  /// Returns when this rank has all parameters that a group needs up to a level. Collective.
  func finish(_ group: GradientPart.Group, upTo level: Int) throws(CollectiveError) {
    guard communicator.size > 1 else { return }
    try finish { $0.part.group == group && $0.part.level <= level }
  }

  private func finish(_ isNeeded: (Part) -> Bool) throws(CollectiveError) {
    var isWaiting = true
    while isWaiting {
      isWaiting = false
      for part in parts {
        if try part.progress() && isNeeded(part) { isWaiting = true }
      }
    }
  }
}
