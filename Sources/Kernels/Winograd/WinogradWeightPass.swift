// The gradient of a convolution's kernels by Winograd's algorithm.

import Numerics

/// The kernels' gradient: at each point the product of the transformed source and the transformed output gradient,
/// summed over tiles; and the bias', the output gradient's sum.
final class WinogradWeightPass: OperatorPass, KernelGradients {
  let kernelCount: Int
  private let tiles: WinogradTiles
  private let source: Tensor
  private let outputGradient: Tensor
  private let factors: ElementType
  private let slice: FilterGradients.Parts
  private let pixelSum: PixelSum
  private let scratchpad: Scratchpad
  private let inputLayout: TileLayout
  private let gradientLayout: TileLayout
  private let storeScratchpad: Scratchpad

  /// - Parameter factors: what products are made of; bfloat16 of tensors that are, where the processor multiplies it.
  init(
    tiles: WinogradTiles, source: Tensor, outputGradient: Tensor, factors: ElementType,
    gradients: FilterGradients, context: KernelContext
  ) {
    self.tiles = tiles
    self.source = source
    self.outputGradient = outputGradient
    self.factors = factors
    inputLayout = TileLayout(channels: tiles.sourceBlocks * 16)
    gradientLayout = TileLayout(channels: tiles.outputBlocks * 16)
    kernelCount = WinogradTransform.points * inputLayout.channels * gradientLayout.channels
    scratchpad = context.makeScratchpad(
      count: inputLayout.count + gradientLayout.count + 3 * WinogradTransform.scratchCount)
    storeScratchpad = context.makeScratchpad(count: WinogradKernels.scratchCount(gradients.shape))
    slice = gradients.makeParts(kernelCount: kernelCount)
    pixelSum = PixelSum(outputGradient)
    gradients.take(from: self)
  }

  var implementation: String { factors == .bfloat16 ? "by hand:bf16" : "by hand" }

  func execute() {
    switch (source.elementType, factors) {
    case (.float32, _): execute(source.lanes(FloatView.self), outputGradient.lanes())
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), outputGradient.lanes())
    case (.bfloat16, .bfloat16):
      executeInPairs(source.lanes(BFloat16View.self), outputGradient.lanes())
    }
    if let bias = slice.bias { pixelSum.evaluate(into: bias) }
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView) {
    WinogradKernels.store(
      sum, shape, channels: inputLayout.channels, outputs: gradientLayout.channels, into: block,
      scratch: storeScratchpad.values)
  }

  private func execute<View: LaneView>(_ pixels: View, _ outputPixels: View) {
    let scratch = scratchpad.values
    let inputs = scratch.slice(0, inputLayout.count)
    let gradients = scratch.slice(inputs.count, gradientLayout.count)
    let temporary = scratch.slice(inputs.count + gradients.count, WinogradTransform.scratchCount)
    var first = 0
    while first < tiles.count {
      let count = min(TileLayout.tiles, tiles.count - first)
      for tile in 0..<count {
        let place = tiles.place(first + tile)
        for block in 0..<tiles.sourceBlocks {
          tiles.transformSource(
            pixels, place, block: block, into: inputs,
            offset: tile * inputLayout.channels + block * 16, step: inputLayout.step,
            scratch: temporary)
        }
        for block in 0..<tiles.outputBlocks {
          tiles.spreadOutput(
            outputPixels, place, block: block, into: gradients,
            offset: (block * TileLayout.tiles + tile) * 16, step: gradientLayout.step,
            scratch: temporary)
        }
      }
      multiply(inputs, gradients, count: count, isFirst: first == 0) { point in
        guard tiles.areFarAway, point < TileLayout.tiles, first + count + point < tiles.count else {
          return
        }
        let next = tiles.place(first + count + point)
        tiles.prefetchSource(pixels, next)
        tiles.prefetchOutput(outputPixels, next, forWriting: false)
      }
      first += count
    }
  }

  /// Sums over tiles of inputs (tile, channel) * gradients (block, tile, lane), at each point; of bfloat16 two tiles pair
  /// by pair.
  private func multiply<Factors: TileFactors>(
    _ inputs: Factors, _ gradients: Factors, count: Int, isFirst: Bool,
    besides: (_ point: Int) -> Void
  ) {
    let channels = inputLayout.channels
    let size = channels * 16
    for point in 0..<WinogradTransform.points {
      // Memory brings the next tiles meanwhile.
      besides(point)
      let left = inputs.slice(point * inputLayout.step, TileLayout.tiles * channels)
      for block in 0..<tiles.outputBlocks {
        let right = gradients.slice(
          point * gradientLayout.step + block * TileLayout.tiles * 16, TileLayout.tiles * 16)
        Factors.multiplyTransposed(
          left, channels: channels, right, count: count,
          into: slice.kernels.slice((point * tiles.outputBlocks + block) * size, size),
          accumulating: !isFirst)
      }
    }
  }

  // MARK: Pairs

  /// Tiles two by two: the two numbers of a pair belong to two tiles.
  private func executeInPairs(_ pixels: BFloat16View, _ outputPixels: BFloat16View) {
    let scratch = scratchpad.values
    let inputs = scratch.stored(as: BFloat16View.self, count: inputLayout.count)
    let gradients = scratch.slice(inputLayout.count, gradientLayout.count)
      .stored(as: BFloat16View.self, count: gradientLayout.count)
    let rest = scratch.slice(
      inputLayout.count + gradientLayout.count, 3 * WinogradTransform.scratchCount)
    let temporary = rest.slice(0, WinogradTransform.scratchCount)
    let both = rest.slice(WinogradTransform.scratchCount, 2 * WinogradTransform.scratchCount)
    var first = 0
    while first < tiles.count {
      let count = min(TileLayout.tiles, tiles.count - first)
      for tile in stride(from: 0, to: count, by: 2) {
        for block in 0..<tiles.sourceBlocks {
          makePair(first + tile, both) { place, target in
            tiles.transformSource(
              pixels, place, block: block, into: target, offset: 0, step: 16, scratch: temporary)
          }
          store(
            both, into: inputs, offset: tile * inputLayout.channels + block * 32,
            step: inputLayout.step)
        }
        for block in 0..<tiles.outputBlocks {
          makePair(first + tile, both) { place, target in
            tiles.spreadOutput(
              outputPixels, place, block: block, into: target, offset: 0, step: 16,
              scratch: temporary)
          }
          store(
            both, into: gradients, offset: (block * TileLayout.tiles + tile) * 16,
            step: gradientLayout.step)
        }
      }
      multiply(inputs, gradients, count: count, isFirst: first == 0) { point in
        guard point < TileLayout.tiles, first + count + point < tiles.count else { return }
        let next = tiles.place(first + count + point)
        tiles.prefetchSource(pixels, next)
        tiles.prefetchOutput(outputPixels, next, forWriting: false)
      }
      first += count
    }
  }

  /// Overwrites the halves of `both` with what `transform` makes of a tile and the next one; zeros where there is none.
  @inline(__always)
  private func makePair(
    _ tile: Int, _ both: FloatView, _ transform: (WinogradTiles.Place, FloatView) -> Void
  ) {
    let half = WinogradTransform.scratchCount
    transform(tiles.place(tile), both.slice(0, half))
    if tile + 1 < tiles.count {
      transform(tiles.place(tile + 1), both.slice(half, half))
    } else {
      both.slice(half, half).fill(0)
    }
  }

  @inline(__always)
  private func store(_ both: FloatView, into target: BFloat16View, offset: Int, step: Int) {
    for point in 0..<WinogradTransform.points {
      target.setPairs16(
        both.vector16(at: point * 16),
        both.vector16(at: WinogradTransform.scratchCount + point * 16), at: offset + point * step)
    }
  }
}
