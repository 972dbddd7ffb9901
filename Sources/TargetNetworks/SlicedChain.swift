// What every engine is a handle of: operators, and images that run through them in slices.

import Kernels
import Numerics

/// The operators of one network, the slices in which images run through them, and the
/// tensors that a backward pass begins and ends with: `Gradients`.
///
/// It owns oneDNN's memory and is used by one thread at a time, whichever that is, or by a team that this thread leads.
final class SlicedChain<Gradients>: @unchecked Sendable {
  let architecture: TargetArchitecture
  let imageCount: Int
  let slices: ImageSlices
  let operators: OperatorChain
  let gradients: Gradients
  /// Seconds spent so far, where an engine measures them.
  var forwardSeconds = 0.0
  var backwardSeconds = 0.0
  /// Where normalizations have their means and variances from.
  private let statistics: Normalization.Statistics

  /// - Parameters:
  ///   - imageCount: images of a pass. Statistics of all images at hand are those of one slice.
  ///   - teamSize: the most threads that ever run it together.
  ///   - original: one that was made alike, whose filters this one's operators read; only one of the two runs at a time.
  ///   - takesTurns: a whole forward or backward pass of `original` comes before this one's.
  ///   - images: a slice of them, in the layout of ``ImageSlices``, which others fill; without it the operators have their own.
  ///   - makeGradients: lays the gradients beside the operators' outputs.
  init(
    architecture: TargetArchitecture, imageCount: Int,
    statistics: Normalization.Statistics, activations: ElementType, teamSize: Int,
    sharing original: SlicedChain? = nil, inTurn takesTurns: Bool = false,
    reading images: Tensor? = nil,
    makeGradients: (inout ChainBuilder) throws(KernelError) -> Gradients
  ) throws(KernelError) {
    self.architecture = architecture
    self.imageCount = imageCount
    self.statistics = statistics
    slices = ImageSlices(
      architecture: architecture, imageCount: imageCount,
      isWhole: architecture.isNormalized && statistics == .batch)
    var builder = try ChainBuilder(
      architecture: architecture, imageCount: slices.size, layout: slices.layout,
      statistics: statistics, activations: activations, teamSize: teamSize,
      sharing: original.map { AlikeChain(chain: $0.operators, takesTurns: takesTurns) },
      reading: images)
    gradients = try makeGradients(&builder)
    operators = try OperatorChain(builder)
  }

  /// Takes a network's weights (D, read).
  func load(_ weights: FloatView) {
    precondition(
      weights.count == architecture.weightCount,
      "TargetNetworks: \(weights.count) of \(architecture.weightCount) weights")
    operators.load(weights)
  }

  /// Takes a network's weights (D, read) and its normalizations' means and variances
  /// (architecture.statisticCount, read; nil where that is 0).
  func load(_ weights: FloatView, statistics: FloatView?) {
    let count = statistics?.count ?? 0
    precondition(
      count == architecture.statisticCount,
      "TargetNetworks: \(count) of \(architecture.statisticCount) statistics")
    load(weights)
    if let statistics { operators.loadStatistics(statistics) }
  }

  /// Copies one slice of `count` images, (count, channel, row, column), read, and runs it forward; returns which
  /// images these are. Behind the last one are blanks, which must not enter statistics.
  func forward(_ images: FloatView, slice: Int, count: Int) -> Range<Int> {
    let range = load(images, slice: slice, count: count)
    operators.forward()
    return range
  }

  /// Copies one slice of images, as ``forward(_:slice:count:)`` does.
  func load(_ images: FloatView, slice: Int, count: Int) -> Range<Int> {
    let size = architecture.input.count
    let range = slices.range(slice, of: count)
    precondition(
      range.count == slices.size || statistics == .given || !architecture.isNormalized,
      "TargetNetworks: statistics of \(range.count) images in the place of \(slices.size)")
    let pixels = operators.images.values
    pixels.slice(0, range.count * size)
      .copy(from: images.slice(range.lowerBound * size, range.count * size))
    pixels.slice(range.count * size, pixels.count - range.count * size).fill(0)
    return range
  }

  /// Overwrites `logits`, (count, classes), with those of `count` images, (count, channel, row, column). `look` is called
  /// with the images of each slice while the operators hold their outputs.
  func logits(
    _ images: FloatView, count: Int, into logits: FloatView, look: (Range<Int>) -> Void = { _ in }
  ) {
    let classes = architecture.classCount
    precondition(
      images.count >= count * architecture.input.count && logits.count >= count * classes,
      "TargetNetworks: \(images.count) pixels into \(logits.count) logits for \(count) images")
    for slice in 0..<(count + slices.size - 1) / slices.size {
      let range = forward(images, slice: slice, count: count)
      logits.slice(range.lowerBound * classes, range.count * classes)
        .copy(from: operators.logits.values.slice(0, range.count * classes))
      look(range)
    }
  }
}

extension SlicedChain<Tensor> {
  /// From the gradient of the last slice's logits, (its images, classes), read, to the weights' gradients, of which
  /// the first slice begins the sums.
  func backward(_ logitGradient: FloatView, isFirst: Bool) {
    gradients.values.fill(0)
    gradients.values.slice(0, logitGradient.count).copy(from: logitGradient)
    operators.backward()
    operators.collectGradients(isFirst: isFirst)
  }
}
