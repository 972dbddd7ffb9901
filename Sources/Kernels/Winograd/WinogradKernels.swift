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
  private let scratch = AlignedBuffer<Float>(count: 3 * WinogradTransform.scratchCount)

  /// - Parameters:
  ///   - channels: the source's channels, padded to blocks of sixteen.
  ///   - outputs: the output's.
  ///   - isTransposed: for the gradient to the source: taps in reverse order, filters and channels in each
  ///     other's place.
  ///   - factors: bfloat16 only where the processor multiplies it.
  init(
    _ shape: FilterShape, channels: Int, outputs: Int, isTransposed: Bool, factors: ElementType
  ) {
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

  func load(_ block: FloatView) {
    let spread = scratch.view.slice(WinogradTransform.scratchCount, WinogradTransform.scratchCount)
    let temporary = scratch.view.slice(
      2 * WinogradTransform.scratchCount, WinogradTransform.scratchCount)
    for outputBlock in 0..<outputBlocks {
      for input in 0..<(isTransposed ? shape.filterCount : shape.kernelShape[0]) {
        collect(block, input: input, outputBlock: outputBlock)
        WinogradTransform.spreadTile(
          count: taps,
          row: { WinogradTransform.load(scratch.view, $0 * taps * 16, step: 16, count: taps) },
          into: spread, place: 0, step: 16, scratch: temporary)
        let place = (outputBlock * inputs + input) * 16
        for point in 0..<WinogradTransform.points {
          storage.view.setVector16(
            WinogradTransform.pointFactors[point] * spread.vector16(at: point * 16),
            at: place + point * step)
        }
      }
    }
    if factors == .bfloat16 { makePairs() }
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

  /// The taps between one input and sixteen outputs, side by side at the beginning of the scratch.
  private func collect(_ block: FloatView, input: Int, outputBlock: Int) {
    let area = taps * taps
    let target = scratch.view
    let outputs = isTransposed ? shape.kernelShape[0] : shape.filterCount
    for lane in 0..<16 {
      let output = outputBlock * 16 + lane
      guard output < outputs else {
        for tap in 0..<area { target[tap * 16 + lane] = 0 }
        continue
      }
      if isTransposed {
        let start = input * shape.filterSize + output * area + area - 1
        for tap in 0..<area { target[tap * 16 + lane] = block[start - tap] }
      } else {
        let start = output * shape.filterSize + input * area
        for tap in 0..<area { target[tap * 16 + lane] = block[start + tap] }
      }
    }
  }

  /// Overwrites the kernels' places in `block` with the gradient G^T dU G, where `gradient` is dU, laid out
  /// like `values` of kernels that are not transposed.
  static func store(
    _ gradient: FloatView, _ shape: FilterShape, channels: Int, outputs: Int, into block: FloatView,
    scratch: FloatView
  ) {
    let taps = shape.kernelShape[1]
    let area = taps * taps
    let step = channels * outputs
    let scaled = scratch.slice(0, WinogradTransform.scratchCount)
    let result = scratch.slice(WinogradTransform.scratchCount, area * 16)
    let temporary = scratch.slice(
      2 * WinogradTransform.scratchCount, WinogradTransform.scratchCount)
    for outputBlock in 0..<outputs / 16 {
      for channel in 0..<shape.kernelShape[0] {
        let place = (outputBlock * channels + channel) * 16
        for point in 0..<WinogradTransform.points {
          scaled.setVector16(
            WinogradTransform.pointFactors[point] * gradient.vector16(at: place + point * step),
            at: point * 16)
        }
        WinogradTransform.gatherTile(
          scaled, start: 0, step: 16, count: taps, scratch: temporary
        ) { column, pixels in
          WinogradTransform.store(pixels, result, column * 16, step: taps * 16, count: taps)
        }
        for lane in 0..<min(16, shape.filterCount - outputBlock * 16) {
          let start = (outputBlock * 16 + lane) * shape.filterSize + channel * area
          for tap in 0..<area { block[start + tap] = result[tap * 16 + lane] }
        }
      }
    }
  }
  /// Numbers of ``store(_:_:channels:outputs:into:scratch:)``'s scratch.
  static let storeScratchCount = 3 * WinogradTransform.scratchCount
}
