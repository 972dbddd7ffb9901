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
  private let side: Int
  private let taps: Int
  private let isTransposed: Bool
  private let inputs: Int
  private let outputBlocks: Int
  private let storage: AlignedBuffer<Float>
  private let pairs: AlignedBuffer<Float>
  private let scratchpad: Scratchpad

  /// - Parameters:
  ///   - side: the tiles', of which ``WinogradSix`` or ``WinogradEight`` has the transform.
  ///   - channels: the source's channels, padded to blocks of sixteen.
  ///   - outputs: the output's.
  ///   - isTransposed: for the gradient to the source: taps in reverse order, filters and channels in each
  ///     other's place.
  ///   - factors: bfloat16 only where the processor multiplies it.
  init(
    _ shape: FilterShape, side: Int, channels: Int, outputs: Int, isTransposed: Bool,
    factors: ElementType, context: KernelContext
  ) {
    scratchpad = context.makeScratchpad(ofEach: Self.scratchCount(shape, side: side))
    self.shape = shape
    self.side = side
    self.isTransposed = isTransposed
    self.factors = factors
    taps = shape.kernelShape[1]
    inputs = isTransposed ? outputs : channels
    outputBlocks = (isTransposed ? channels : outputs) / 16
    step = inputs * outputBlocks * 16 + TileLayout.gap
    let count = side * side * step
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
    if side == WinogradEight.side {
      load(block, WinogradEight.self, taps: 5, scratch)
    } else if taps == 3 {
      load(block, WinogradSix.self, taps: 3, scratch)
    } else {
      load(block, WinogradSix.self, taps: 5, scratch)
    }
    if factors == .bfloat16 { makePairs() }
  }

  @inline(__always)
  private func load<Transform: WinogradTransform>(
    _ block: FloatView, _: Transform.Type, taps: Int, _ scratch: FloatView
  ) {
    let spread = scratch.slice(0, Transform.scratchCount)
    let temporary = scratch.slice(spread.count, Transform.scratchCount)
    let turned = FilterColumns(
      shape, scratch.slice(2 * spread.count, scratch.count - 2 * spread.count))
    Transform.pointFactors.withUnsafeBufferPointer { factors in
      for outputBlock in 0..<outputBlocks {
        if !isTransposed { turned.load(block, filterBlock: outputBlock) }
        for input in 0..<(isTransposed ? shape.filterCount : shape.kernelShape[0]) {
          if isTransposed { turned.load(block, filter: input, channelBlock: outputBlock) }
          spreadKernel(
            turned.taps(ofChannel: isTransposed ? 0 : input), Transform.self, taps: taps,
            into: spread, scratch: temporary)
          let place = (outputBlock * inputs + input) * 16
          for point in 0..<Transform.points {
            storage.view.setVector16(
              factors[point] * spread.vector16(at: point * 16), at: place + point * step)
          }
        }
      }
    }
  }

  /// A g A^T of a kernel of sixteen outputs, its taps in reverse order where it is transposed.
  @inline(__always)
  private func spreadKernel<Transform: WinogradTransform>(
    _ kernel: FloatView, _: Transform.Type, taps: Int, into spread: FloatView, scratch: FloatView
  ) {
    let (start, rowStep, step) =
      isTransposed ? ((taps * taps - 1) * 16, -taps * 16, -16) : (0, taps * 16, 16)
    Transform.spreadTile(
      count: taps,
      row: {
        Transform.load(kernel, start &+ $0 &* rowStep, step: step, count: taps)
      }, into: spread, place: 0, step: 16, scratch: scratch)
  }

  private func makePairs() {
    let target = lanes(BFloat16View.self)
    for point in 0..<side * side {
      for place in stride(from: 0, to: inputs * outputBlocks * 16, by: 32) {
        let index = point * step + place
        target.setPairs16(
          storage.view.vector16(at: index), storage.view.vector16(at: index + 16), at: index)
      }
    }
  }

  /// Overwrites the kernels' places in `block` with the gradient G^T dU G, where `gradient` is dU, laid out
  /// like `values` of kernels that are not transposed. `scratch`: ``scratchCount(_:side:)`` numbers.
  static func store(
    _ gradient: FloatView, _ shape: FilterShape, side: Int, channels: Int, outputs: Int,
    into block: FloatView, scratch: FloatView
  ) {
    @inline(__always)
    func store<Transform: WinogradTransform>(_: Transform.Type, taps: Int) {
      self.store(
        gradient, shape, Transform.self, taps: taps, channels: channels, outputs: outputs,
        into: block, scratch: scratch)
    }
    if side == WinogradEight.side {
      store(WinogradEight.self, taps: 5)
    } else if shape.kernelShape[1] == 3 {
      store(WinogradSix.self, taps: 3)
    } else {
      store(WinogradSix.self, taps: 5)
    }
  }

  @inline(__always)
  private static func store<Transform: WinogradTransform>(
    _ gradient: FloatView, _ shape: FilterShape, _: Transform.Type, taps: Int, channels: Int,
    outputs: Int, into block: FloatView, scratch: FloatView
  ) {
    let step = channels * outputs
    let scaled = scratch.slice(0, Transform.scratchCount)
    let temporary = scratch.slice(scaled.count, Transform.scratchCount)
    let turned = FilterColumns(
      shape, scratch.slice(2 * scaled.count, scratch.count - 2 * scaled.count))
    Transform.pointFactors.withUnsafeBufferPointer { factors in
      for outputBlock in 0..<outputs / 16 {
        for channel in 0..<shape.kernelShape[0] {
          let place = (outputBlock * channels + channel) * 16
          for point in 0..<Transform.points {
            scaled.setVector16(
              factors[point] * gradient.vector16(at: place + point * step), at: point * 16)
          }
          let kernel = turned.taps(ofChannel: channel)
          Transform.gatherTile(scaled, start: 0, step: 16, count: taps, scratch: temporary) {
            Transform.store($1, kernel, $0 &* 16, step: taps &* 16, count: taps)
          }
        }
        turned.store(into: block, filterBlock: outputBlock)
      }
    }
  }

  /// Numbers of scratch memory for filters of this shape.
  static func scratchCount(_ shape: FilterShape, side: Int) -> Int {
    2 * side * side * 16 + FilterColumns.count(shape)
  }
}
