// A network in training whose backward pass waits for what others make of its logits.

import Host
import Kernels
import Numerics

/// One network's forward pass and, when the gradient of its logits is known, its backward pass; what the one computed is kept for
/// the other. So there is an engine for each network that waits, used by one thread at a time, whichever that is; copies share one.
/// Each slice of images has tensors of its own: memory grows with the images' number. A warm pass allocates nothing of ours. Same input, same bits.
public struct TwoPassEngine: Sendable {
  /// One a slice, all with the filters of the first and its gradients.
  private let chains: [SlicedChain<Tensor>]
  private let imageCount: Int

  /// - Parameters:
  ///   - images: what the network is run on, and perhaps others.
  ///   - activations: what images' activations and their gradients are stored in.
  ///   - teamSize: the most threads that ever run it together.
  public init(
    images: SharedImages, activations: ElementType, teamSize: Int = 1
  ) throws(KernelError) {
    imageCount = images.imageCount
    var chains: [SlicedChain<Tensor>] = []
    for slice in 0..<images.sliceCount {
      chains.append(
        try SlicedChain(
          architecture: images.architecture, imageCount: imageCount, statistics: .batch,
          activations: activations, teamSize: teamSize, sharing: chains.first, inTurn: true,
          reading: images.tensor(slice)
        ) { builder throws(KernelError) in try builder.makeWeightGradients() })
    }
    self.chains = chains
  }

  public var architecture: TargetArchitecture { chains[0].architecture }

  /// The logits of a network for the engine's images, normalizations taking the statistics of its images.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - logits: (images, classes), overwritten.
  public func forward(weights: FloatView, into logits: FloatView, team: Team = .alone) {
    let classes = architecture.classCount
    precondition(
      logits.count == imageCount * classes,
      "TwoPassEngine: \(logits.count) logits of \(imageCount) images")
    chains[0].operators.run(with: team) {
      chains[0].load(weights)
      for (slice, chain) in chains.enumerated() {
        chain.operators.forward()
        let range = chain.slices.range(slice, of: imageCount)
        logits.slice(range.lowerBound * classes, range.count * classes)
          .copy(from: chain.operators.logits.values.slice(0, range.count * classes))
      }
    }
  }

  /// The weight gradient of a function of the last forward pass' logits. Once after a forward pass: it writes over
  /// what was kept.
  ///
  /// - Parameters:
  ///   - logitGradient: (images, classes), read.
  ///   - gradient: D, overwritten with the sum over images and classes of logitGradient * d logit / d weights.
  /// Cost: about 2 * forward FLOPs an image.
  public func backward(logitGradient: FloatView, gradient: FloatView, team: Team = .alone) {
    let classes = architecture.classCount
    precondition(
      logitGradient.count == imageCount * classes && gradient.count == architecture.weightCount,
      "TwoPassEngine: \(logitGradient.count) logit gradients, \(gradient.count) gradients for \(imageCount) images of "
        + "\(classes) classes and \(architecture.weightCount) weights")
    let operators = chains[0].operators
    operators.run(with: team) {
      for (slice, chain) in chains.enumerated() {
        let range = chain.slices.range(slice, of: imageCount)
        chain.backward(
          logitGradient.slice(range.lowerBound * classes, range.count * classes),
          isFirst: slice == 0)
      }
      operators.storeGradients(gradient)
      architecture.clearUnused(gradient)
    }
  }
}
