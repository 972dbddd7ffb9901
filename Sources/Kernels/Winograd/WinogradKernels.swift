// Kernels of a convolution in Winograd's domain, and their gradients back from there.

import Numerics

/// Filters as the products of tiles read them: (point, block of filters, channel, filter in block); of bfloat16 two channels
/// pair by pair.
final class WinogradKernels: DerivedKernels {
  /// What ``lanes(_:)`` are.
  let factors: ElementType
  /// Numbers from one point to the next.
  let step: Int
  private let shape: FilterShape
  private let taps: Int
  private let isTransposed: Bool
  private let inputs: Int
  private let outputBlocks: Int
  private let storage: AlignedBuffer<Float>
  private let pairs: AlignedBuffer<Float>
  private let scratchpad: Scratchpad

  /// - Parameters:
  ///   - channels: the source's channels, padded to blocks of sixteen.
  ///   - outputs: the output's.
  ///   - isTransposed: for the gradient to the source: taps in reverse order, filters and channels in each
  ///     other's place.
  ///   - factors: bfloat16 only where the processor multiplies it.
  init(
    _ shape: FilterShape, channels: Int, outputs: Int, isTransposed: Bool, factors: ElementType,
    context: KernelContext
  ) {
    scratchpad = context.makeScratchpad(ofEach: Self.scratchCount(shape))
    self.shape = shape
    self.isTransposed = isTransposed
    self.factors = factors
    taps = shape.kernelShape[1]
    inputs = isTransposed ? outputs : channels
    outputBlocks = (isTransposed ? channels : outputs) / 16
    step = inputs * outputBlocks * 16 + TileLayout.gap
    let count = WinogradTransform.points * step
    storage = AlignedBuffer(count: count)
    pairs = AlignedBuffer(count: factors == .bfloat16 ? count / 2 : 0)
  }

  /// The numbers of all points; overwritten by ``load(_:)``.
  func lanes<Factors: TileFactors>(_ type: Factors.Type) -> Factors {
    precondition(Factors.elementType == factors, "WinogradKernels: \(factors)")
    let numbers = factors == .bfloat16 ? pairs.view : storage.view
    return Factors(at: UnsafeMutableRawPointer(numbers.baseAddress), count: storage.view.count)
  }

  func load(_ block: FloatView, member: Int) {
    let scratch = scratchpad.values(member)
    let spread = scratch.slice(0, WinogradTransform.scratchCount)
    let temporary = scratch.slice(spread.count, WinogradTransform.scratchCount)
    let turned = FilterColumns(
      shape, scratch.slice(2 * spread.count, scratch.count - 2 * spread.count))
    WinogradTransform.pointFactors.withUnsafeBufferPointer { factors in
      for outputBlock in 0..<outputBlocks {
        if !isTransposed { turned.load(block, filterBlock: outputBlock) }
        for input in 0..<(isTransposed ? shape.filterCount : shape.kernelShape[0]) {
          if isTransposed { turned.load(block, filter: input, channelBlock: outputBlock) }
          let taps = turned.taps(ofChannel: isTransposed ? 0 : input)
          if self.taps == 3 {
            spreadKernel(taps, taps: 3, into: spread, scratch: temporary)
          } else {
            spreadKernel(taps, taps: 5, into: spread, scratch: temporary)
          }
          let place = (outputBlock * inputs + input) * 16
          for point in 0..<WinogradTransform.points {
            storage.view.setVector16(
              factors[point] * spread.vector16(at: point * 16), at: place + point * step)
          }
        }
      }
    }
    if factors == .bfloat16 { makePairs() }
  }

  /// A g A^T of a kernel of sixteen outputs, its taps in reverse order where it is transposed.
  @inline(__always)
  private func spreadKernel(
    _ kernel: FloatView, taps: Int, into spread: FloatView, scratch: FloatView
  ) {
    let (start, rowStep, step) =
      isTransposed ? ((taps * taps - 1) * 16, -taps * 16, -16) : (0, taps * 16, 16)
    WinogradTransform.spreadTile(
      count: taps,
      row: {
        WinogradTransform.load(kernel, start &+ $0 &* rowStep, step: step, count: taps)
      }, into: spread, place: 0, step: 16, scratch: scratch)
  }

  private func makePairs() {
    let target = lanes(BFloat16View.self)
    for point in 0..<WinogradTransform.points {
      for place in stride(from: 0, to: inputs * outputBlocks * 16, by: 32) {
        let index = point * step + place
        target.setPairs16(
          storage.view.vector16(at: index), storage.view.vector16(at: index + 16), at: index)
      }
    }
  }

  /// Overwrites the kernels' places in `block` with the gradient G^T dU G, where `gradient` is dU, laid out
  /// like `values` of kernels that are not transposed. `scratch`: ``scratchCount(_:)`` numbers.
  static func store(
    _ gradient: FloatView, _ shape: FilterShape, channels: Int, outputs: Int, into block: FloatView,
    scratch: FloatView
  ) {
    let taps = shape.kernelShape[1]
    let step = channels * outputs
    let scaled = scratch.slice(0, WinogradTransform.scratchCount)
    let temporary = scratch.slice(scaled.count, WinogradTransform.scratchCount)
    let turned = FilterColumns(
      shape, scratch.slice(2 * scaled.count, scratch.count - 2 * scaled.count))
    WinogradTransform.pointFactors.withUnsafeBufferPointer { factors in
      for outputBlock in 0..<outputs / 16 {
        for channel in 0..<shape.kernelShape[0] {
          let place = (outputBlock * channels + channel) * 16
          for point in 0..<WinogradTransform.points {
            scaled.setVector16(
              factors[point] * gradient.vector16(at: place + point * step), at: point * 16)
          }
          let kernel = turned.taps(ofChannel: channel)
          if taps == 3 {
            gatherKernel(scaled, taps: 3, into: kernel, scratch: temporary)
          } else {
            gatherKernel(scaled, taps: 5, into: kernel, scratch: temporary)
          }
        }
        turned.store(into: block, filterBlock: outputBlock)
      }
    }
  }

  @inline(__always)
  private static func gatherKernel(
    _ scaled: FloatView, taps: Int, into kernel: FloatView, scratch: FloatView
  ) {
    WinogradTransform.gatherTile(
      scaled, start: 0, step: 16, count: taps, scratch: scratch
    ) { column, pixels in
      WinogradTransform.store(pixels, kernel, column &* 16, step: taps &* 16, count: taps)
    }
  }

  /// Numbers of scratch memory for filters of this shape.
  static func scratchCount(_ shape: FilterShape) -> Int {
    2 * WinogradTransform.scratchCount + FilterColumns.count(shape)
  }
}
