// Normalization where the images at hand are a slice of a network's images.

import Numerics

/// Each slice has an operator of its own, on a rank of its own perhaps: it says what it has measured, hears what all slices have, and goes on.
extension Normalization {
  /// Numbers that a slice has to say of its images on the way forward, and as many on the way back.
  public var partCount: Int { Self.partCount(filters: channelCount) }

  public static func partCount(filters: Int) -> Int { (filters + 15) / 16 * 32 }

  /// Overwrites `part` (``partCount``) with mean and variance of this slice's images: sixteen channels of the one, the same of the other.
  public func measure(into part: DoubleView) {
    switch source.elementType {
    case .float32: measure(FloatView.self, part)
    case .bfloat16: measure(BFloat16View.self, part)
    }
  }

  private func measure<View: LaneView>(_ type: View.Type, _ part: DoubleView) {
    forEachRun { blocks in moments(type, blocks) { $1.store(part, $0) } }
  }

  /// Normalizes this slice's images by the statistics of all slices' images, whose parts (slices, ``partCount``) are read; slices have as many
  /// images each.
  ///
  /// Mean and variance are combined in the slices' order: of k slices and one more of mean m and variance v,
  /// mean += (m - mean) / (k + 1), k-fold variance += v + (m - mean)^2 k / (k + 1) (Chan, Golub, LeVeque 1983).
  public func normalize(by parts: DoubleView, sliceCount: Int) {
    for block in 0..<blockCount {
      var (mean, sum) = (SIMD16<Double>.zero, SIMD16<Double>.zero)
      for slice in 0..<sliceCount {
        let part = PlaneSums(parts.slice(slice * partCount, partCount), block)
        let (before, now) = (Double(slice), Double(slice + 1))
        let distance = part.first - mean
        mean += distance / now
        sum += part.second + distance * distance * (before / now)
      }
      takeMoments(block, PlaneSums(first: mean, second: sum / Double(sliceCount)))
    }
    forEachRun { blocks in
      switch source.elementType {
      case .float32: normalize(FloatView.self, blocks)
      case .bfloat16: normalize(BFloat16View.self, blocks)
      }
    }
  }

  /// The first half of ``backward()``: turns the output's gradient into that before ReLU, and overwrites `part` (``partCount``), and the gradients of shift
  /// and scale, with this slice's sums.
  public func sumGradients(into part: DoubleView) {
    guard let outputGradient else { return }
    forEachRun { blocks in
      switch source.elementType {
      case .float32:
        sumGradients(FloatView.self, blocks, outputGradient) { $0.store(part, $1) }
      case .bfloat16:
        sumGradients(BFloat16View.self, blocks, outputGradient) { $0.store(part, $1) }
      }
    }
  }

  /// The second half: the source's gradient from the sums of all slices, (slices, ``partCount``), which are added up in their order.
  public func backward(by parts: DoubleView, sliceCount: Int) {
    guard let outputGradient, let sourceGradient else { return }
    func sums(_ block: Int) -> PlaneSums {
      var sums = PlaneSums(parts.slice(0, partCount), block)
      for slice in 1..<sliceCount {
        let part = PlaneSums(parts.slice(slice * partCount, partCount), block)
        sums.first += part.first
        sums.second += part.second
      }
      return sums
    }
    let images = sliceCount * imageCount
    forEachRun { blocks in
      switch source.elementType {
      case .float32:
        toSource(FloatView.self, blocks, of: images, outputGradient, sourceGradient, sums)
      case .bfloat16:
        toSource(BFloat16View.self, blocks, of: images, outputGradient, sourceGradient, sums)
      }
    }
  }
}
