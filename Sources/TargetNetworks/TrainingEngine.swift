// Networks in training: loss and gradient with respect to weights that a hypernetwork supplies.

import Host
import Kernels
import Numerics

/// Loss and weight gradient of one network at a time, normalizations taking the statistics of its own images. Each thread has an
/// engine of its own, made on any thread; copies share one. Images are run in slices (``ImageSlices``), so its memory does not
/// grow with their number; only where there are normalizations these are run at once. A warm pass allocates nothing of ours.
/// Same input, same bits.
public struct TrainingEngine: Sendable {
  private let chain: SlicedChain<Tensor>

  /// - Parameters:
  ///   - imageCount: images of a pass.
  ///   - activations: what images' activations and their gradients are stored in. Weights, their gradients, statistics and
  ///     sums are `Float` always.
  ///   - teamSize: the most threads that ever run it together.
  public init(
    architecture: TargetArchitecture, imageCount: Int, activations: ElementType, teamSize: Int = 1
  ) throws(KernelError) {
    chain = try SlicedChain(
      architecture: architecture, imageCount: imageCount, statistics: .batch,
      activations: activations, teamSize: teamSize
    ) { builder throws(KernelError) in try builder.makeWeightGradients() }
  }

  public var architecture: TargetArchitecture { chain.architecture }

  /// Seconds spent forward and backward by training passes so far, for benchmarks.
  public var forwardSeconds: Double { chain.forwardSeconds }
  public var backwardSeconds: Double { chain.backwardSeconds }

  /// Whose code each operator's passes run: oneDNN's names of it, or `by hand`.
  package var implementations: [[String]] { chain.operators.implementations }

  /// Loss and weight gradient of one network on its images.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (imageCount, channel, row, column), read.
  ///   - answers: imageCount, read.
  ///   - gradientScale: factor of the gradient.
  ///   - gradient: D, overwritten with gradientScale * d(sum of losses) / d weights.
  /// Cost: about 3 * forward FLOPs an image.
  public func trainingPass(
    weights: FloatView, images: FloatView, answers: AnswerView, gradientScale: Float,
    gradient: FloatView, team: Team = .alone
  ) -> TargetResult {
    chain.operators.run(with: team) {
      trainingPass(weights, images, answers, gradientScale, gradient)
    }
  }

  private func trainingPass(
    _ weights: FloatView, _ images: FloatView, _ answers: AnswerView, _ gradientScale: Float,
    _ gradient: FloatView
  ) -> TargetResult {
    checkCounts(images: images, perImage: answers.count, of: 1, gradient: gradient)
    let begin = monotonicSeconds()
    var forwardEnd = begin
    var forward = 0.0
    chain.load(weights)
    var result = TargetResult(lossSum: 0, correctCount: 0)
    for slice in 0..<chain.slices.count {
      let sliceBegin = slice == 0 ? begin : forwardEnd
      let range = chain.forward(images, slice: slice, count: chain.imageCount)
      let part = architecture.loss.evaluate(
        chain.operators.logits.values, width: architecture.classCount,
        answers: answers.slice(range), scale: gradientScale, gradient: chain.gradients.values)
      result.lossSum += part.lossSum
      result.correctCount += part.correctCount
      forward += monotonicSeconds() - sliceBegin
      chain.operators.backward()
      chain.operators.collectGradients(isFirst: slice == 0)
      forwardEnd = monotonicSeconds()
    }
    chain.operators.storeGradients(gradient)
    architecture.clearUnused(gradient)
    chain.forwardSeconds += forward
    chain.backwardSeconds += monotonicSeconds() - begin - forward
    return result
  }

  /// The weight gradient of any function of the logits, whose own gradient is given.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (imageCount, channel, row, column), read.
  ///   - logitGradient: (imageCount, classes), read.
  ///   - gradient: D, overwritten with the sum over images and classes of logitGradient * d logit / d weights.
  /// Cost: about 3 * forward FLOPs an image.
  public func gradientPass(
    weights: FloatView, images: FloatView, logitGradient: FloatView, gradient: FloatView,
    team: Team = .alone
  ) {
    let classes = architecture.classCount
    checkCounts(images: images, perImage: logitGradient.count, of: classes, gradient: gradient)
    chain.operators.run(with: team) {
      chain.load(weights)
      for slice in 0..<chain.slices.count {
        let range = chain.forward(images, slice: slice, count: chain.imageCount)
        chain.backward(
          logitGradient.slice(range.lowerBound * classes, range.count * classes),
          isFirst: slice == 0)
      }
      chain.operators.storeGradients(gradient)
      architecture.clearUnused(gradient)
    }
  }

  /// The logits whose gradient ``gradientPass(weights:images:logitGradient:gradient:)`` takes.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (imageCount, channel, row, column), read.
  ///   - logits: (imageCount, classes), overwritten.
  public func logits(
    weights: FloatView, images: FloatView, into logits: FloatView, team: Team = .alone
  ) {
    chain.operators.run(with: team) {
      chain.load(weights)
      chain.logits(images, count: chain.imageCount, into: logits)
    }
  }

  /// That there are `imageCount` images, `width` of `perImage` numbers for each, and a gradient for each weight.
  private func checkCounts(images: FloatView, perImage: Int, of width: Int, gradient: FloatView) {
    let count = chain.imageCount
    precondition(
      images.count == count * architecture.input.count && perImage == count * width
        && gradient.count == architecture.weightCount,
      "TrainingEngine: \(images.count) pixels, \(perImage) answers or logit gradients, "
        + "\(gradient.count) gradients for \(count) images of \(architecture.input), \(width) "
        + "and \(architecture.weightCount) weights")
  }
}
