// Running target networks with weights that somebody else supplies.

import Host
import Kernels
import Numerics

/// Runs one target network at a time on one thread: each thread has an engine of its own, made on any
/// thread. Images are run in slices (``ImageSlices``), so its memory does not grow with their number; only
/// where normalizations take the statistics of all images at hand, these are run at once.
/// A warm pass allocates nothing of ours. Same input, same bits.
public final class TargetEngine: @unchecked Sendable {
  public enum Purpose: Sendable {
    /// Logits only, with given statistics of normalizations.
    case inference
    /// The statistics of normalizations only, from `imageCount` images at a time.
    case statistics
    /// Loss and gradient with respect to the weights.
    case training
    /// The loss' gradient with respect to the images, with given statistics of normalizations.
    case imageGradients
  }

  public let architecture: TargetArchitecture
  public let imageCount: Int
  /// Seconds spent forward and backward so far, for benchmarks.
  public private(set) var forwardSeconds = 0.0
  public private(set) var backwardSeconds = 0.0

  /// Whose code each operator's passes run: oneDNN's names of it, or `by hand`.
  package var implementations: [[String]] { chain.implementations }

  private let slices: ImageSlices
  private let chain: OperatorChain
  private let purpose: Purpose
  /// Whether normalizations use statistics that come with the weights.
  private let takesStatistics: Bool

  /// - Parameters:
  ///   - imageCount: images of a pass; of inference, how many are expected at a time.
  ///   - activations: what images' activations and their gradients are stored in. Weights, their gradients, statistics and
  ///     sums are `Float` always.
  public init(
    architecture: TargetArchitecture, imageCount: Int, purpose: Purpose,
    activations: ElementType = .float32
  ) throws(KernelError) {
    self.architecture = architecture
    self.imageCount = imageCount
    self.purpose = purpose
    let gradients: OperatorChain.Gradients
    let statistics: Normalization.Statistics
    switch purpose {
    case .inference: (gradients, statistics) = ([], .given)
    case .statistics: (gradients, statistics) = ([], .batch)
    case .training: (gradients, statistics) = (.weights, .batch)
    case .imageGradients: (gradients, statistics) = (.images, .given)
    }
    takesStatistics = statistics == .given
    slices = ImageSlices(
      architecture: architecture, imageCount: imageCount,
      isWhole: architecture.isNormalized && statistics == .batch)
    chain = try OperatorChain(
      architecture: architecture, imageCount: slices.size, gradients: gradients,
      statistics: statistics, activations: activations)
  }

  /// Loss and weight gradient of one network on its images.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (imageCount, channel, row, column), read.
  ///   - labels: imageCount, read.
  ///   - gradientScale: factor of the gradient.
  ///   - gradient: D, overwritten with gradientScale * d(sum of cross-entropies) / d weights.
  /// Cost: about 3 * forward FLOPs an image.
  public func trainingPass(
    weights: FloatView, images: FloatView, labels: VectorView<UInt8>, gradientScale: Float,
    gradient: FloatView
  ) -> TargetResult {
    guard purpose == .training, let logitGradient = chain.logitGradient else {
      preconditionFailure("TargetEngine: a training pass of an engine made for \(purpose)")
    }
    precondition(
      labels.count == imageCount && images.count == imageCount * architecture.input.count
        && weights.count == architecture.weightCount && gradient.count == weights.count,
      "TargetEngine: \(images.count) pixels, \(labels.count) labels, \(weights.count) weights, "
        + "\(gradient.count) gradients for \(imageCount) images of \(architecture.input) and "
        + "\(architecture.weightCount) weights")
    let begin = monotonicSeconds()
    var forwardEnd = begin
    var forward = 0.0
    chain.load(weights)
    var result = TargetResult(crossEntropySum: 0, correctCount: 0)
    for slice in 0..<slices.count {
      let sliceBegin = slice == 0 ? begin : forwardEnd
      let range = loadImages(images, slice: slice, count: imageCount)
      chain.forward()
      let part = SoftmaxCrossEntropy.evaluate(
        logits: chain.logits.values, classCount: architecture.classCount,
        labels: labels.slice(range), scale: gradientScale, gradient: logitGradient.values)
      result.crossEntropySum += part.crossEntropySum
      result.correctCount += part.correctCount
      forward += monotonicSeconds() - sliceBegin
      chain.backward()
      chain.collectGradients(isFirst: slice == 0)
      forwardEnd = monotonicSeconds()
    }
    chain.storeGradients(gradient)
    forwardSeconds += forward
    backwardSeconds += monotonicSeconds() - begin - forward
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
    weights: FloatView, images: FloatView, logitGradient: FloatView, gradient: FloatView
  ) {
    guard purpose == .training, let target = chain.logitGradient else {
      preconditionFailure("TargetEngine: a gradient pass of an engine made for \(purpose)")
    }
    let classes = architecture.classCount
    precondition(
      images.count == imageCount * architecture.input.count
        && logitGradient.count == imageCount * classes
        && weights.count == architecture.weightCount && gradient.count == weights.count,
      "TargetEngine: \(images.count) pixels, \(logitGradient.count) logit gradients, "
        + "\(weights.count) weights, \(gradient.count) gradients for \(imageCount) images")
    chain.load(weights)
    for slice in 0..<slices.count {
      let range = loadImages(images, slice: slice, count: imageCount)
      chain.forward()
      target.values.fill(0)
      target.values.slice(0, range.count * classes)
        .copy(from: logitGradient.slice(range.lowerBound * classes, range.count * classes))
      chain.backward()
      chain.collectGradients(isFirst: slice == 0)
    }
    chain.storeGradients(gradient)
  }

  /// Overwrites `gradient` with d(sum of cross-entropies) / d images of the network last loaded.
  ///
  /// - Parameters:
  ///   - images: (imageCount, channel, row, column), read.
  ///   - labels: imageCount, read.
  ///   - gradient: as `images`.
  /// Cost: about 2 * forward FLOPs an image. Of an engine made for image gradients.
  public func imageGradient(
    images: FloatView, labels: VectorView<UInt8>, into gradient: FloatView
  ) {
    guard purpose == .imageGradients, let logitGradient = chain.logitGradient,
      let own = chain.imageGradient
    else { preconditionFailure("TargetEngine: image gradients of an engine made for \(purpose)") }
    let size = architecture.input.count
    precondition(
      images.count == imageCount * size && labels.count == imageCount
        && gradient.count == images.count,
      "TargetEngine: \(images.count) pixels, \(labels.count) labels, \(gradient.count) gradients "
        + "for \(imageCount) images of \(architecture.input)")
    for slice in 0..<slices.count {
      let range = loadImages(images, slice: slice, count: imageCount)
      chain.forward()
      _ = SoftmaxCrossEntropy.evaluate(
        logits: chain.logits.values, classCount: architecture.classCount,
        labels: labels.slice(range), scale: 1, gradient: logitGradient.values)
      chain.backward()
      gradient.slice(range.lowerBound * size, range.count * size)
        .copy(from: own.values.slice(0, range.count * size))
    }
  }

  /// Takes the weights (D, read) of the network that ``logits(images:count:into:)`` or
  /// ``imageGradient(images:labels:into:)`` runs from now on, and its normalizations' means and variances
  /// (architecture.statisticCount, read), which only engines made for these want.
  public func loadWeights(_ weights: FloatView, statistics: FloatView? = nil) {
    precondition(
      weights.count == architecture.weightCount
        && statistics?.count ?? 0 == (takesStatistics ? architecture.statisticCount : 0),
      "TargetEngine: \(weights.count) of \(architecture.weightCount) weights, "
        + "\(statistics?.count ?? 0) of \(architecture.statisticCount) statistics")
    chain.load(weights)
    if let statistics { chain.loadStatistics(statistics) }
  }

  /// Adds means and mean squares of what the normalizations see of `imageCount` images, (image, channel,
  /// row, column), to `sums` (architecture.statisticCount), for the weights last loaded; each
  /// normalization uses these images' own statistics. Of an engine made for statistics.
  public func addMoments(images: FloatView, to sums: DoubleView) {
    precondition(
      images.count == imageCount * architecture.input.count
        && sums.count == architecture.statisticCount,
      "TargetEngine: \(images.count) pixels for \(imageCount) images, \(sums.count) sums")
    _ = loadImages(images, slice: 0, count: imageCount)
    chain.forward()
    chain.addMoments(to: sums)
  }

  /// Overwrites `logits`, (count, classes), from `images`, (count, channel, row, column).
  public func logits(images: FloatView, count: Int, into logits: FloatView) {
    let classes = architecture.classCount
    precondition(
      images.count >= count * architecture.input.count && logits.count >= count * classes,
      "TargetEngine: \(images.count) pixels into \(logits.count) logits for \(count) images")
    for slice in 0..<(count + slices.size - 1) / slices.size {
      let range = loadImages(images, slice: slice, count: count)
      chain.forward()
      logits.slice(range.lowerBound * classes, range.count * classes)
        .copy(from: chain.logits.values.slice(0, range.count * classes))
    }
  }

  /// Copies one slice of `count` images into the chain; behind the last image, blanks.
  private func loadImages(_ images: FloatView, slice: Int, count: Int) -> Range<Int> {
    let size = architecture.input.count
    let first = slice * slices.size
    let range = first..<min(count, first + slices.size)
    let pixels = chain.images.values
    pixels.slice(0, range.count * size)
      .copy(from: images.slice(first * size, range.count * size))
    pixels.slice(range.count * size, pixels.count - range.count * size).fill(0)
    return range
  }
}
