// How a network in use would have its images changed.

import Host
import Kernels
import Numerics

/// The loss' gradient with respect to the images, of one network at a time, normalized with given statistics. Each thread has
/// an engine of its own, made on any thread; copies share one. A warm pass allocates nothing of ours. Same input, same bits.
public struct ImageGradientEngine: Sendable {
  private let chain: SlicedChain<ChainBuilder.ImageGradients>

  /// - Parameters:
  ///   - imageCount: images of a pass.
  ///   - teamSize: the most threads that ever run it together.
  public init(architecture: TargetArchitecture, imageCount: Int, teamSize: Int = 1)
    throws(KernelError)
  {
    chain = try SlicedChain(
      architecture: architecture, imageCount: imageCount, statistics: .given,
      activations: .float32, teamSize: teamSize
    ) { builder throws(KernelError) in try builder.makeImageGradients() }
  }

  public var architecture: TargetArchitecture { chain.architecture }

  /// Whose code each operator's passes run: oneDNN's names of it, or `by hand`.
  package var implementations: [[String]] { chain.operators.implementations }

  /// Takes the weights (D, read) of the network that runs from now on and its normalizations' means and variances
  /// (architecture.statisticCount, read; nil where that is 0).
  public func loadWeights(
    _ weights: FloatView, statistics: FloatView? = nil, team: Team = .alone
  ) {
    chain.operators.run(with: team) { chain.load(weights, statistics: statistics) }
  }

  /// Overwrites `gradient` with d(sum of losses) / d images of the network last loaded.
  ///
  /// - Parameters:
  ///   - images: (imageCount, channel, row, column), read.
  ///   - answers: imageCount, read.
  ///   - gradient: as `images`.
  /// Cost: about 2 * forward FLOPs an image.
  public func imageGradient(
    images: FloatView, answers: AnswerView, into gradient: FloatView, team: Team = .alone
  ) {
    let (size, imageCount) = (architecture.input.count, chain.imageCount)
    precondition(
      images.count == imageCount * size && answers.count == imageCount
        && gradient.count == images.count,
      "ImageGradientEngine: \(images.count) pixels, \(answers.count) answers, \(gradient.count) gradients "
        + "for \(imageCount) images of \(architecture.input)")
    chain.operators.run(with: team) {
      for slice in 0..<chain.slices.count {
        let range = chain.forward(images, slice: slice, count: imageCount)
        _ = architecture.loss.evaluate(
          chain.operators.logits.values, width: architecture.classCount,
          answers: answers.slice(range), scale: 1, gradient: chain.gradients.logits.values)
        chain.operators.backward()
        gradient.slice(range.lowerBound * size, range.count * size)
          .copy(from: chain.gradients.images.values.slice(0, range.count * size))
      }
    }
  }
}
