// From the layers of an architecture to operators with their tensors.

import Kernels
import Numerics

/// The operators that run one slice of images through a target network, and back.
final class OperatorChain {
  /// What is computed backward.
  struct Gradients: OptionSet {
    let rawValue: Int
    static let weights = Gradients(rawValue: 1)
    /// With respect to the images.
    static let images = Gradients(rawValue: 2)
  }

  /// A normalization and the block of filters that it belongs to.
  private struct Normalized {
    let normalization: Normalization
    let block: TargetArchitecture.Block
    let shape: FilterShape
  }

  /// (image, channel, row, column), plain.
  let images: Tensor
  let imageGradient: Tensor?
  let logits: Tensor
  let logitGradient: Tensor?
  private let context: KernelContext
  private let operators: [any NetworkOperator]
  /// Operators with weights, each with its part of the flat weight vector.
  private let weighted: [(layer: any WeightedOperator, range: Range<Int>)]
  private let normalized: [Normalized]

  init(
    architecture: TargetArchitecture, imageCount: Int, gradients: Gradients,
    statistics: Normalization.Statistics, activations: ElementType
  ) throws(KernelError) {
    var builder = try ChainBuilder(
      architecture: architecture, imageCount: imageCount,
      wantsWeightGradients: gradients.contains(.weights), statistics: statistics,
      activations: activations)
    let steps = OperatorStep.plan(architecture.layers)
    for step in steps { try builder.append(step) }
    context = builder.context
    images = builder.images
    operators = builder.operators
    weighted = builder.weighted.map { ($0.layer, $0.block.range) }
    normalized = builder.normalized.map {
      Normalized(normalization: $0.0, block: $0.1, shape: $0.2)
    }
    logits = operators[operators.count - 1].output
    logitGradient = gradients.isEmpty ? nil : try Tensor(logits.descriptor, context: context)
    imageGradient =
      gradients.contains(.images) ? try Tensor(images.descriptor, context: context) : nil
    if let logitGradient {
      try builder.prepareBackward(
        steps, logitGradient: logitGradient, imageGradient: imageGradient)
    }
    try context.allocateScratchpad()
  }

  /// Whose code the operators' passes run, the first operator's first.
  var implementations: [[String]] { operators.map(\.implementations) }

  /// Takes all layers' weights from the flat vector (D, read).
  func load(_ weights: FloatView) {
    for (layer, range) in weighted { layer.weights.load(weights.slice(range)) }
    for part in normalized {
      part.normalization.load(weights.slice(part.block.range), part.shape)
    }
  }

  /// Takes the normalizations' means and variances (architecture.statisticCount, read).
  func loadStatistics(_ statistics: FloatView) {
    for part in normalized {
      let (offset, count) = (part.block.statisticOffset, part.block.filterCount)
      part.normalization.loadStatistics(
        means: statistics.slice(offset, count), variances: statistics.slice(offset + count, count))
    }
  }

  /// Adds the last forward pass' means, and its mean squares, to `sums` (architecture.statisticCount),
  /// which lie as means and variances do.
  func addMoments(to sums: DoubleView) {
    for part in normalized {
      let (offset, count) = (part.block.statisticOffset, part.block.filterCount)
      for channel in 0..<count {
        let mean = Double(part.normalization.means[channel])
        sums[offset + channel] += mean
        sums[offset + count + channel] +=
          Double(part.normalization.variances[channel]) + mean * mean
      }
    }
  }

  /// Overwrites `logits` from `images`.
  func forward() {
    for index in 0..<operators.count { operators[index].forward() }
  }

  /// From `logitGradient` to the weights' and images' gradients of this slice.
  func backward() {
    for index in stride(from: operators.count - 1, through: 0, by: -1) {
      operators[index].backward()
    }
  }

  /// Adds the slice's weight gradients to the sum, which the first slice begins.
  func collectGradients(isFirst: Bool) {
    for (layer, _) in weighted { layer.weightGradients?.collect(isFirst: isFirst) }
  }

  /// Overwrites the flat gradient (D) with the sum over slices.
  func storeGradients(_ gradient: FloatView) {
    for (layer, range) in weighted { layer.weightGradients?.store(gradient.slice(range)) }
    for part in normalized {
      part.normalization.storeGradients(gradient.slice(part.block.range), part.shape)
    }
  }
}
