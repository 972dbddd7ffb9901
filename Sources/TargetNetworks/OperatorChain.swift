// From the layers of an architecture to operators with their tensors.

import Kernels
import Numerics

/// The operators that run one slice of images through a target network, and back.
final class OperatorChain {
  /// (image, channel, row, column), plain.
  let images: Tensor
  let logits: Tensor
  /// Hidden units, and what ReLU makes of them.
  let hidden: [(units: HiddenUnits, output: Tensor)]
  private let context: KernelContext
  private let operators: [any NetworkOperator]
  /// Operators with weights, each with its part of the flat weight vector.
  private let weighted: [(made: any WeightedOperator, range: Range<Int>)]
  private let normalized: [(made: Normalization, block: TargetArchitecture.Block)]

  init(_ builder: ChainBuilder) throws(KernelError) {
    context = builder.context
    images = builder.images
    operators = builder.operators
    weighted = builder.weighted.map { ($0.made, $0.block.range) }
    normalized = builder.normalized
    logits = operators[operators.count - 1].output
    var (hidden, count) = ([(units: HiddenUnits, output: Tensor)](), 0)
    for (block, output) in builder.rectified.sorted(by: { $0.key < $1.key }) {
      let filterCount = builder.architecture.blocks[block].filterCount
      hidden.append((HiddenUnits(block: block, range: count..<count + filterCount), output))
      count += filterCount
    }
    self.hidden = hidden
    try context.allocateScratchpad()
  }

  /// Whose code the operators' passes run, the first operator's first.
  var implementations: [[String]] { operators.map(\.implementations) }

  /// Takes all layers' weights from the flat vector (D, read).
  func load(_ weights: FloatView) {
    for (made, range) in weighted { made.weights.load(weights.slice(range)) }
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

  /// From the logits' gradient to the weights' or images' gradients of this slice.
  func backward() {
    for index in stride(from: operators.count - 1, through: 0, by: -1) {
      operators[index].backward()
    }
  }

  /// Adds the slice's weight gradients to the sum, which the first slice begins.
  func collectGradients(isFirst: Bool) {
    for (made, _) in weighted { made.weightGradients?.collect(isFirst: isFirst) }
  }

  /// Overwrites the flat gradient (D) with the sum over slices.
  func storeGradients(_ gradient: FloatView) {
    for (made, range) in weighted { made.weightGradients?.store(gradient.slice(range)) }
    for (made, block) in normalized { made.storeGradients(gradient.slice(block.range)) }
  }
}
