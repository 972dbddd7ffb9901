// A network in training whose backward pass waits for what others make of its logits.

import Host
import Kernels
import Numerics

/// One network's forward pass and, when the gradient of its logits is known, its backward pass; what the one computed is kept for
/// the other. So there is an engine for each network that waits, used by one thread at a time, whichever that is; copies share one.
/// All images run at once: its memory grows with their number. A warm pass allocates nothing of ours. Same input, same bits.
public struct TwoPassEngine: Sendable {
  private let chain: SlicedChain<Tensor>

  /// - Parameters:
  ///   - imageCount: images of a pass.
  ///   - activations: what images' activations and their gradients are stored in.
  ///   - teamSize: the most threads that ever run it together.
  public init(
    architecture: TargetArchitecture, imageCount: Int, activations: ElementType, teamSize: Int = 1
  ) throws(KernelError) {
    chain = try SlicedChain(
      architecture: architecture, imageCount: imageCount, inOneSlice: true, statistics: .batch,
      activations: activations, teamSize: teamSize
    ) { builder throws(KernelError) in try builder.makeWeightGradients() }
  }

  public var architecture: TargetArchitecture { chain.architecture }

  /// The logits of a network, normalizations taking the statistics of its images.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (imageCount, channel, row, column), read.
  ///   - logits: (imageCount, classes), overwritten.
  public func forward(
    weights: FloatView, images: FloatView, into logits: FloatView, team: Team = .alone
  ) {
    chain.operators.run(with: team) {
      chain.load(weights)
      chain.logits(images, count: chain.imageCount, into: logits)
    }
  }

  /// The weight gradient of a function of the last forward pass' logits. Once after a forward pass: it writes over
  /// what was kept.
  ///
  /// - Parameters:
  ///   - logitGradient: (imageCount, classes), read.
  ///   - gradient: D, overwritten with the sum over images and classes of logitGradient * d logit / d weights.
  /// Cost: about 2 * forward FLOPs an image.
  public func backward(logitGradient: FloatView, gradient: FloatView, team: Team = .alone) {
    precondition(
      logitGradient.count == chain.imageCount * architecture.classCount
        && gradient.count == architecture.weightCount,
      "TwoPassEngine: \(logitGradient.count) logit gradients, \(gradient.count) gradients for \(chain.imageCount) images of "
        + "\(architecture.classCount) classes and \(architecture.weightCount) weights")
    chain.operators.run(with: team) {
      chain.backward(logitGradient, isFirst: true)
      chain.operators.storeGradients(gradient)
      architecture.clearUnused(gradient)
    }
  }
}
