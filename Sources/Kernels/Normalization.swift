// Batch normalization of a convolution's output, with a shortcut and ReLU in the same pass.

import Host
import Numerics

/// y = r(scale * (x - mean) / sqrt(variance + 1e-5) + shift + shortcut), channel by channel, where mean and
/// (biased) variance are those of all images and pixels at hand, or given ones, and r is ReLU or nothing.
///
/// The shortcut is a residual block's input: every `stride`-th row and column of it, and zero for the
/// channels it lacks. All tensors lie in blocks of sixteen channels. Cost: forward two reads of the source
/// and one write of the output; backward two reads of source and gradient and one write, and with a shortcut one read of the output and one write more.
public final class Normalization: NetworkOperator {
  /// Added to the variance.
  public static let epsilon = 1e-5

  /// Where mean and variance come from.
  public enum Statistics: Sendable { case batch, given }

  /// A residual block's input or the gradient that its end sends there.
  public struct Shortcut {
    public let tensor: Tensor
    let stride: Int
    private let blockCount: Int
    let height: Int
    let width: Int

    /// `stride`: rows and columns of the block's input for one of its output.
    public init(_ tensor: Tensor, stride: Int) {
      precondition(tensor.descriptor.isBlocked16, "Shortcut: another layout")
      self.tensor = tensor
      self.stride = stride
      let shape = tensor.shape
      blockCount = (shape[1] + 15) / 16
      (height, width) = (shape[2], shape[3])
    }

    /// None where the tensor lacks the channels.
    func plane<View: LaneView>(_ image: Int, _ block: Int) -> View? {
      let size = height * width * 16
      return block < blockCount
        ? tensor.lanes(View.self).slice((image * blockCount + block) * size, size) : nil
    }

    /// None where rows and columns are left out, too.
    func wholePlane<View: LaneView>(_ image: Int, _ block: Int) -> View? {
      stride == 1 ? plane(image, block) : nil
    }
  }

  public let output: Tensor
  public let isRectified: Bool
  public var replacesSource: Bool { true }
  /// The gradient that arrives on the shortcut that begins at this operator's output, if one does. It
  /// lies like the end of the residual block, and is read.
  public var shortcutGradient: Shortcut?
  /// Of the last forward pass: mean, variance of each channel.
  public var means: FloatView { meanBuffer.view }
  public var variances: FloatView { varianceBuffer.view }

  private let context: KernelContext
  let source: Tensor
  let shortcut: Shortcut?
  let channelCount: Int
  private let filters: FilterShape
  private let statistics: Statistics
  var outputGradient: Tensor?
  var sourceGradient: Tensor?
  let imageCount: Int
  let blockCount: Int
  let height: Int
  let width: Int
  var planeSize: Int { height * width * 16 }
  private let scales: AlignedBuffer<Float>
  private let shifts: AlignedBuffer<Float>
  let meanBuffer: AlignedBuffer<Float>
  private let varianceBuffer: AlignedBuffer<Float>
  private let scaleGradients: AlignedBuffer<Float>
  private let shiftGradients: AlignedBuffer<Float>
  /// Of each image and block: two sums of its pixels, sixteen channels each.
  private let planeSums: AlignedBuffer<Float>
  /// What the gradient to the source takes of the sums over all images.
  private let gradientSums: AlignedBuffer<Double>
  /// What passes over pixels take of each block: four vectors of sixteen, by ``Coefficient``.
  private let coefficients: AlignedBuffer<Float>

  /// y = factor x + offset, before shortcut and ReLU, and dx = factor g - slope x + constant.
  enum Coefficient: Int { case factor, offset, slope, constant }

  /// - Parameter filters: of the convolution that made the source; the channels behind theirs are and stay zero.
  public init(
    source: Tensor, filters: FilterShape, shortcut: Shortcut? = nil, rectified: Bool,
    statistics: Statistics, context: KernelContext
  ) throws(KernelError) {
    precondition(source.descriptor.isBlocked16, "Normalization: another layout")
    self.context = context
    self.source = source
    channelCount = filters.filterCount
    self.filters = filters
    self.shortcut = shortcut
    isRectified = rectified
    self.statistics = statistics
    let shape = source.shape
    imageCount = shape[0]
    blockCount = (shape[1] + 15) / 16
    (height, width) = (shape[2], shape[3])
    precondition(
      32 * blockCount == Self.partCount(filters: channelCount),
      "Normalization: \(blockCount) blocks of \(channelCount) channels")
    output = try Tensor(source.descriptor, context: context)
    let padded = blockCount * 16
    scales = AlignedBuffer(count: padded)
    shifts = AlignedBuffer(count: padded)
    meanBuffer = AlignedBuffer(count: padded)
    varianceBuffer = AlignedBuffer(count: padded)
    scaleGradients = AlignedBuffer(count: padded)
    shiftGradients = AlignedBuffer(count: padded)
    planeSums = AlignedBuffer(count: imageCount * blockCount * 32)
    gradientSums = AlignedBuffer(count: blockCount * 32)
    coefficients = AlignedBuffer(count: blockCount * 64)
  }

  /// Takes scale and shift from behind the kernels in the part of the flat vector that the convolution
  /// before this operator has; `block` is read.
  public func load(_ block: FloatView) {
    for channel in 0..<channelCount {
      let place = channel * filters.filterSize + filters.kernelCount
      scales[channel] = block[place]
      shifts[channel] = block[place + 1]
    }
  }

  /// Takes the statistics that a forward pass with given ones uses: `channelCount` each, read.
  public func loadStatistics(means: FloatView, variances: FloatView) {
    meanBuffer.view.slice(0, channelCount).copy(from: means)
    varianceBuffer.view.slice(0, channelCount).copy(from: variances)
  }

  /// Overwrites the gradients of scale and shift within `block`, which is laid out as for
  /// ``load(_:)``, with those of the last backward pass.
  public func storeGradients(_ block: FloatView) {
    for channel in 0..<channelCount {
      let place = channel * filters.filterSize + filters.kernelCount
      block[place] = scaleGradients[channel]
      block[place + 1] = shiftGradients[channel]
    }
  }

  /// `sourceGradient` may be the source itself.
  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    self.sourceGradient = sourceGradient
  }

  public func forward() {
    switch source.elementType {
    case .float32: forward(FloatView.self)
    case .bfloat16: forward(BFloat16View.self)
    }
  }

  /// Calls `body` with blocks of channels that are taken together: one, whose pixels are in the cache still when they are needed again; of a team, whose
  /// members wait for each other after each loop, all.
  func forEachRun(_ body: (_ blocks: Range<Int>) -> Void) {
    if context.team.size > 1 { return body(0..<blockCount) }
    for block in 0..<blockCount { body(block..<block + 1) }
  }

  /// Images are divided over the team; what is summed over them is summed by the lead, in their order.
  private func forward<View: LaneView>(_ type: View.Type) {
    forEachRun { blocks in
      if statistics == .batch { moments(type, blocks) { takeMoments($0, $1) } }
      normalize(type, blocks)
    }
  }

  func normalize<View: LaneView>(_ type: View.Type, _ blocks: Range<Int>) {
    for block in blocks {
      let means = meanBuffer.view.vector16(at: block * 16)
      let factors = scales.view.vector16(at: block * 16) * inverseDeviations(block)
      set(.factor, block, factors)
      set(.offset, block, shifts.view.vector16(at: block * 16) - means * factors)
    }
    divide(blocks, Normalize<View>(made: self))
  }

  /// Overwrites the source's gradient and those of scale and shift; with a shortcut it turns `outputGradient` into the gradient before ReLU, which is
  /// the shortcut's as well. Of the last forward pass:
  /// dx = scale / sqrt(variance + 1e-5) * (g - mean(g) - xhat * mean(g * xhat));
  /// given statistics do not depend on the source: dx = scale / sqrt(variance + 1e-5) * g.
  public func backward() {
    guard let outputGradient, let sourceGradient else { return }
    switch source.elementType {
    case .float32: backward(FloatView.self, outputGradient, sourceGradient)
    case .bfloat16: backward(BFloat16View.self, outputGradient, sourceGradient)
    }
  }

  private func backward<View: LaneView>(
    _ type: View.Type, _ outputGradient: Tensor, _ sourceGradient: Tensor
  ) {
    forEachRun { blocks in
      sumGradients(type, blocks, outputGradient) { sums, block in
        sums.store(gradientSums.view, block)
      }
      toSource(type, blocks, of: imageCount, outputGradient, sourceGradient) {
        PlaneSums(gradientSums.view, $0)
      }
    }
  }

  /// Calls `body` with sums over these images of each block's sixteen channels: of the gradients before ReLU, and of their products with xhat,
  /// which are the gradients of shift and scale.
  func sumGradients<View: LaneView>(
    _ type: View.Type, _ blocks: Range<Int>, _ outputGradient: Tensor,
    _ body: (_ sums: PlaneSums, _ block: Int) -> Void
  ) {
    divide(blocks, SumGradients<View>(made: self, outputGradient: outputGradient))
    for block in blocks {
      var sums = totals(block)
      sums.second *= SIMD16<Double>(inverseDeviations(block))
      scaleGradients.view.setVector16(SIMD16<Float>(sums.second), at: block * 16)
      shiftGradients.view.setVector16(SIMD16<Float>(sums.first), at: block * 16)
      body(sums, block)
    }
  }

  /// `sums` are those of `imageCount` images.
  func toSource<View: LaneView>(
    _ type: View.Type, _ blocks: Range<Int>, of imageCount: Int, _ outputGradient: Tensor,
    _ sourceGradient: Tensor, _ sums: (_ block: Int) -> PlaneSums
  ) {
    let count = Double(imageCount * height * width)
    for block in blocks {
      let means = meanBuffer.view.vector16(at: block * 16)
      let inverse = inverseDeviations(block)
      let factor = coefficient(.factor, block)
      var (slope, constant) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      if statistics == .batch {
        let sums = sums(block)
        slope = SIMD16<Float>(SIMD16<Double>(factor * inverse) * sums.second / count)
        constant = slope * means - factor * SIMD16<Float>(sums.first / count)
      }
      set(.slope, block, slope)
      set(.constant, block, constant)
    }
    divide(
      blocks,
      ToSource<View>(made: self, outputGradient: outputGradient, sourceGradient: sourceGradient))
  }

  private func set(_ kind: Coefficient, _ block: Int, _ values: SIMD16<Float>) {
    coefficients.view.setVector16(values, at: (block * 4 + kind.rawValue) * 16)
  }

  func coefficient(_ kind: Coefficient, _ block: Int) -> SIMD16<Float> {
    coefficients.view.vector16(at: (block * 4 + kind.rawValue) * 16)
  }

  // MARK: Plane by plane

  /// Runs `work` on all images' planes of these blocks, each on one member of the team.
  private func divide(_ blocks: Range<Int>, _ work: some PlaneWork) {
    let parts = context.team.parts
    context.team.forEach(
      parts, PlaneLoop(work: work, blocks: blocks, imageCount: imageCount, parts: parts))
  }

  /// Where a plane's two sums are.
  private func place(_ image: Int, _ block: Int) -> Int { (block * imageCount + image) * 32 }

  func record(
    _ image: Int, _ block: Int, _ first: SIMD16<Float>, _ second: SIMD16<Float>
  ) {
    planeSums.view.setVector16(first, at: place(image, block))
    planeSums.view.setVector16(second, at: place(image, block) + 16)
  }

  /// The sums of all planes of a block, image after image.
  private func totals(_ block: Int) -> PlaneSums {
    var sums = PlaneSums()
    for image in 0..<imageCount {
      sums.first += SIMD16<Double>(planeSums.view.vector16(at: place(image, block)))
      sums.second += SIMD16<Double>(planeSums.view.vector16(at: place(image, block) + 16))
    }
    return sums
  }

  func plane<View: LaneView>(_ tensor: Tensor, _ image: Int, _ block: Int) -> View {
    tensor.lanes(View.self).slice((image * blockCount + block) * planeSize, planeSize)
  }

  private func inverseDeviations(_ block: Int) -> SIMD16<Float> {
    var inverse = SIMD16<Float>.zero
    for lane in 0..<16 {
      inverse[lane] = Float(
        1 / (Double(varianceBuffer[block * 16 + lane]) + Self.epsilon).squareRoot())
    }
    return inverse
  }

  /// A block's first pixel of the first image.
  func pivot<View: LaneView>(_ type: View.Type, _ block: Int) -> SIMD16<Float> {
    source.lanes(type).vector16(at: block * planeSize)
  }

  /// Calls `body` with mean and variance of each block's sixteen channels, by distances from the first image's first pixel, so that a large mean costs no digits.
  func moments<View: LaneView>(
    _ type: View.Type, _ blocks: Range<Int>, _ body: (_ block: Int, _ moments: PlaneSums) -> Void
  ) {
    divide(blocks, SumDistances<View>(made: self))
    let count = Double(imageCount * height * width)
    for block in blocks {
      let sums = totals(block)
      let distance = sums.first / count
      let variance = sums.second / count - distance * distance
      body(
        block,
        PlaneSums(
          first: SIMD16<Double>(pivot(type, block)) + distance,
          second: variance.replacing(with: 0, where: .!(variance .> 0))))
    }
  }

  func takeMoments(_ block: Int, _ moments: PlaneSums) {
    meanBuffer.view.setVector16(SIMD16<Float>(moments.first), at: block * 16)
    varianceBuffer.view.setVector16(SIMD16<Float>(moments.second), at: block * 16)
  }
}
