// From the layers of an architecture to operators with their tensors.

import Host
import Kernels
import Numerics

/// The operators that run one slice of images through a target network, and back.
final class OperatorChain {
  /// (image, channel, row, column), plain.
  let images: Tensor
  let logits: Tensor
  /// Hidden units, and what ReLU makes of them.
  let hidden: [(units: HiddenUnits, output: Tensor)]
  let context: KernelContext
  private let operators: [any NetworkOperator]
  /// Gradients of outputs with memory of their own, by the operators above them.
  let ownGradients: [Int: Tensor]
  /// Operators with weights, each with its part of the flat weight vector.
  private let weighted: [(made: any WeightedOperator, range: Range<Int>)]
  /// Each operator's place among these, or nil.
  private let weightedPlaces: [Int?]
  private let normalized: [(made: Normalization, block: TargetArchitecture.Block)]
  /// Each operator as the normalization that it is, or nil.
  let normalizations: [Normalization?]
  /// Kernels of our own layouts by operator and number, those that take longest first.
  private let kernels: [(operator: Int, index: Int)]

  init(_ builder: ChainBuilder) throws(KernelError) {
    context = builder.context
    images = builder.images
    operators = builder.operators
    ownGradients = builder.ownGradients
    let weighted = builder.weighted.map { ($0.made, $0.block.range) }
    self.weighted = weighted
    weightedPlaces = operators.map { made in weighted.firstIndex { $0.0 === made } }
    normalized = builder.normalized
    normalizations = operators.map { $0 as? Normalization }
    kernels = builder.weighted.indices
      .sorted { builder.weighted[$0].block.range.count > builder.weighted[$1].block.range.count }
      .flatMap { made in (0..<builder.weighted[made].made.weights.derivedCount).map { (made, $0) } }
    logits = operators[operators.count - 1].output
    var (hidden, count) = ([(units: HiddenUnits, output: Tensor)](), 0)
    for (block, output) in builder.rectified.sorted(by: { $0.key < $1.key }) {
      let filterCount = builder.architecture.blocks[block].filterCount
      hidden.append((HiddenUnits(block: block, range: count..<count + filterCount), output))
      count += filterCount
    }
    self.hidden = hidden
    context.allocateScratchpad()
  }

  /// Whose code the operators' passes run, the first operator's first.
  var implementations: [[String]] { operators.map(\.implementations) }

  /// Has `team` run the operators in `body`, as far as they can be divided.
  func run<Result>(with team: Team, _ body: () -> Result) -> Result {
    context.team = team
    defer { context.team = .alone }
    return body()
  }

  /// Of an operator with filters.
  func filters(_ index: Int) -> FilterWeights { weighted[index].made.weights }

  func output(_ index: Int) -> Tensor { operators[index].output }

  /// Whether an operator's output is nothing to a backward pass, but for its memory, in which the gradient may lie.
  func outputPasses(_ index: Int) -> Bool {
    index + 1 < operators.count && operators[index].sparesOutput
      && operators[index + 1].sparesSource && operators[index + 1].replacesSource
  }

  /// Where the gradients of an operator with filters are added up.
  func filterGradients(_ index: Int) -> FilterGradients? { weighted[index].made.weightGradients }

  /// Has `team` run the operators from now on.
  func join(_ team: Team) { context.team = team }

  /// Takes all layers' weights from the flat vector (D, read).
  func load(_ weights: FloatView) {
    context.team.forEach(kernels.count, LoadKernels(chain: self, weights: weights))
    for (made, range) in weighted { made.weights.loadLibrary(weights.slice(range)) }
    for (made, block) in normalized { made.load(weights.slice(block.range)) }
  }

  /// Takes the normalizations' means and variances (architecture.statisticCount, read).
  func loadStatistics(_ statistics: FloatView) {
    for (made, block) in normalized {
      let (offset, count) = (block.statisticOffset, block.filterCount)
      made.loadStatistics(
        means: statistics.slice(offset, count), variances: statistics.slice(offset + count, count))
    }
  }

  /// Adds the last forward pass' means, and its mean squares, to `sums` (architecture.statisticCount),
  /// which lie as means and variances do.
  func addMoments(to sums: DoubleView) {
    for (made, block) in normalized {
      let (offset, count) = (block.statisticOffset, block.filterCount)
      for channel in 0..<count {
        let mean = Double(made.means[channel])
        sums[offset + channel] += mean
        sums[offset + count + channel] += Double(made.variances[channel]) + mean * mean
      }
    }
  }

  /// Overwrites `logits` from `images`.
  func forward() {
    for index in 0..<operators.count { operators[index].forward() }
  }

  func forward(operator index: Int) { operators[index].forward() }
  func backward(operator index: Int) { operators[index].backward() }

  /// From the logits' gradient to the weights' or images' gradients of this slice.
  func backward() {
    for index in stride(from: operators.count - 1, through: 0, by: -1) {
      operators[index].backward()
    }
  }

  /// Whether an operator has filters, whose gradients are stored by its own or, as oneDNN has them, by the lead of a team only.
  func storing(operator index: Int) -> (isNeeded: Bool, isOfLibrary: Bool) {
    guard let place = weightedPlaces[index] else { return (false, false) }
    return (true, weighted[place].made.weightGradients?.isOfLibrary ?? false)
  }

  /// Overwrites an operator's part of the flat gradient (D) with the last backward pass' gradient. On one member of a team.
  func storeGradient(operator index: Int, _ gradient: FloatView, member: Int) {
    guard let place = weightedPlaces[index] else { return }
    let (made, range) = weighted[place]
    made.weightGradients?.collect(isFirst: true)
    made.weightGradients?.store(gradient.slice(range), member: member)
  }

  /// Overwrites the normalizations' parts of the flat gradient (D).
  func storeNormalizations(_ gradient: FloatView) {
    for (made, block) in normalized { made.storeGradients(gradient.slice(block.range)) }
  }

  /// Adds the slice's weight gradients to the sum, which the first slice begins.
  func collectGradients(isFirst: Bool) {
    context.team.forEach(weighted.count, CollectGradients(chain: self, isFirst: isFirst))
  }

  /// Overwrites the flat gradient (D) with the sum over slices.
  func storeGradients(_ gradient: FloatView) {
    context.team.forEach(weighted.count, StoreGradients(chain: self, gradient: gradient))
    for (made, range) in weighted {
      guard let gradients = made.weightGradients, gradients.isOfLibrary else { continue }
      gradients.store(gradient.slice(range))
    }
    storeNormalizations(gradient)
  }
}

extension OperatorChain {
  private struct LoadKernels: LoopBody, @unchecked Sendable {
    let chain: OperatorChain
    let weights: FloatView

    func callAsFunction(_ index: Int, _ member: Int) {
      let kernels = chain.kernels[index]
      let (made, range) = chain.weighted[kernels.operator]
      made.weights.loadKernels(kernels.index, weights.slice(range), member: member)
    }
  }

  private struct CollectGradients: LoopBody, @unchecked Sendable {
    let chain: OperatorChain
    let isFirst: Bool

    func callAsFunction(_ index: Int, _ member: Int) {
      chain.weighted[index].made.weightGradients?.collect(isFirst: isFirst)
    }
  }

  private struct StoreGradients: LoopBody, @unchecked Sendable {
    let chain: OperatorChain
    let gradient: FloatView

    func callAsFunction(_ index: Int, _ member: Int) {
      let (made, range) = chain.weighted[index]
      guard let gradients = made.weightGradients, !gradients.isOfLibrary else { return }
      gradients.store(gradient.slice(range), member: member)
    }
  }
}
