// A convolution's passes by Winograd's algorithm.

import TensorCore

/// Tiles taken at a time: what is in between stays in the second-level cache.
private let chunkTiles = 4 * RegisterTile.rows

/// output = source (*) kernels + bias, with or without ReLU: transform tiles, multiply at each of 36 points,
/// transform back. The gradient to the source is the same with transposed kernels.
///
/// Cost: 2 * 36 / outputs^2 * channels * filters FLOPs a pixel, and the transforms' additions.
final class WinogradPass: OperatorPass {
  private let tiles: WinogradTiles
  private let source: Tensor
  private let output: Tensor
  private let kernels: WinogradKernels
  private let bias: Tensor?
  private let rectified: Bool
  private let scratchpad: Scratchpad
  private let channels: Int
  /// Channels that are not zero.
  private let channelCount: Int

  init(
    tiles: WinogradTiles, source: Tensor, channelCount: Int, output: Tensor,
    kernels: WinogradKernels, bias: Tensor?, rectified: Bool, context: KernelContext
  ) {
    self.tiles = tiles
    self.source = source
    self.output = output
    self.kernels = kernels
    self.bias = bias
    self.rectified = rectified
    self.channelCount = channelCount
    channels = tiles.sourceBlocks * 16
    scratchpad = context.makeScratchpad(
      count: WinogradTransform.points * chunkTiles * (channels + tiles.outputBlocks * 16)
        + WinogradTiles.scratchCount)
  }

  func execute() {
    switch output.elementType {
    case .float32: execute(source.lanes(FloatView.self), into: output.lanes())
    case .bfloat16: execute(source.lanes(BFloat16View.self), into: output.lanes())
    }
  }

  private func execute<View: LaneView>(_ pixels: View, into target: View) {
    let points = WinogradTransform.points
    let scratch = scratchpad.values
    let transformed = scratch.slice(0, points * chunkTiles * channels)
    let products = scratch.slice(
      transformed.count, points * chunkTiles * tiles.outputBlocks * 16)
    let temporary = scratch.slice(
      transformed.count + products.count, WinogradTiles.scratchCount)
    var first = 0
    while first < tiles.count {
      let count = min(chunkTiles, tiles.count - first)
      for block in 0..<tiles.sourceBlocks {
        for tile in 0..<count {
          tiles.transformSource(
            pixels, tiles.place(first + tile), block: block, into: transformed,
            offset: tile * channels + block * 16, step: chunkTiles * channels, scratch: temporary)
        }
      }
      for point in 0..<points { multiply(point, transformed, products, count: count) }
      for block in 0..<tiles.outputBlocks {
        for tile in 0..<count {
          write(
            tiles.place(first + tile), block: block, products,
            start: (block * chunkTiles + tile) * 16, into: target, scratch: temporary)
        }
      }
      first += count
    }
  }

  /// products (block of outputs, tile, lane) = transformed (tile, channel) * kernels (block, channel, lane), at one point.
  private func multiply(
    _ point: Int, _ transformed: FloatView, _ products: FloatView, count: Int
  ) {
    let size = chunkTiles * 16
    for block in 0..<tiles.outputBlocks {
      let kernel = kernels.values.slice(
        (point * tiles.outputBlocks + block) * channels * 16, channels * 16)
      let target = products.slice((point * tiles.outputBlocks + block) * size, size)
      for tile in stride(from: 0, to: count, by: RegisterTile.rows) {
        RegisterTile.six(
          RegisterTile.Operands(
            a: transformed.slice(
              (point * chunkTiles + tile) * channels, RegisterTile.rows * channels), b: kernel,
            count: channelCount), row: { $0 &* channels }, step: { $0 },
          into: target.slice(tile * 16, RegisterTile.rows * 16))
      }
    }
  }

  /// One tile of the output, of one block of its channels.
  private func write<View: LaneView>(
    _ place: WinogradTiles.Place, block: Int, _ products: FloatView, start: Int,
    into target: View, scratch: FloatView
  ) {
    let outputs = tiles.outputs
    let step = tiles.outputBlocks * chunkTiles * 16
    let temporary = scratch.slice(WinogradTiles.patchCount, WinogradTransform.scratchCount)
    if outputs == 2 {
      WinogradTransform.gatherTile(
        products, start: start, step: step, count: 2, into: scratch, scratch: temporary)
    } else {
      WinogradTransform.gatherTile(
        products, start: start, step: step, count: 4, into: scratch, scratch: temporary)
    }
    let offset = bias?.values.vector16(at: block * 16) ?? .zero
    let floor = SIMD16<Float>(repeating: rectified ? 0 : -.infinity)
    let plane = (place.image * tiles.outputBlocks + block) * tiles.outputHeight
    for row in 0..<min(outputs, tiles.outputHeight - place.row) {
      let begin = ((plane + place.row + row) * tiles.outputWidth + place.column) * 16
      for column in 0..<min(outputs, tiles.outputWidth - place.column) {
        let value = scratch.vector16(at: (row * outputs + column) * 16) + offset
        target.setVector16(
          value.replacing(with: floor, where: value .< floor), at: begin + column * 16)
      }
    }
  }
}

/// The kernels' gradient: at each point the product of the transformed source and the transformed output gradient,
/// summed over tiles; and the bias', the output gradient's sum.
final class WinogradWeightPass: OperatorPass, KernelGradients {
  let kernelCount: Int
  private let tiles: WinogradTiles
  private let source: Tensor
  private let outputGradient: Tensor
  private let slice: FilterGradients.Parts
  private let pixelSum: PixelSum
  private let scratchpad: Scratchpad
  private let channels: Int
  private let outputs: Int
  private let storeScratch = AlignedBuffer<Float>(count: WinogradKernels.storeScratchCount)

  init(
    tiles: WinogradTiles, source: Tensor, outputGradient: Tensor, gradients: FilterGradients,
    context: KernelContext
  ) {
    self.tiles = tiles
    self.source = source
    self.outputGradient = outputGradient
    channels = tiles.sourceBlocks * 16
    outputs = tiles.outputBlocks * 16
    kernelCount = WinogradTransform.points * channels * outputs
    scratchpad = context.makeScratchpad(
      count: WinogradTransform.points * chunkTiles * (channels + outputs)
        + WinogradTiles.scratchCount)
    slice = gradients.makeParts(kernelCount: kernelCount)
    pixelSum = PixelSum(outputGradient)
    gradients.take(from: self)
  }

  func execute() {
    switch source.elementType {
    case .float32: execute(source.lanes(FloatView.self), outputGradient.lanes())
    case .bfloat16: execute(source.lanes(BFloat16View.self), outputGradient.lanes())
    }
    if let bias = slice.bias { pixelSum.evaluate(into: bias) }
  }

  private func execute<View: LaneView>(_ pixels: View, _ outputPixels: View) {
    let points = WinogradTransform.points
    let scratch = scratchpad.values
    let inputs = scratch.slice(0, points * chunkTiles * channels)
    let gradients = scratch.slice(inputs.count, points * chunkTiles * outputs)
    let temporary = scratch.slice(inputs.count + gradients.count, WinogradTiles.scratchCount)
    var first = 0
    while first < tiles.count {
      let count = min(chunkTiles, tiles.count - first)
      for tile in 0..<count {
        let place = tiles.place(first + tile)
        for block in 0..<tiles.sourceBlocks {
          tiles.transformSource(
            pixels, place, block: block, into: inputs,
            offset: tile * channels + block * 16, step: chunkTiles * channels, scratch: temporary)
        }
        for block in 0..<tiles.outputBlocks {
          tiles.spreadOutput(
            outputPixels, place, block: block, into: gradients,
            offset: (block * chunkTiles + tile) * 16, step: chunkTiles * outputs,
            scratch: temporary)
        }
      }
      for point in 0..<points {
        multiply(point, inputs, gradients, count: count, isFirst: first == 0)
      }
      first += count
    }
  }

  /// Sum over tiles of inputs (tile, channel) * gradients (block, tile, lane), at one point.
  private func multiply(
    _ point: Int, _ inputs: FloatView, _ gradients: FloatView, count: Int, isFirst: Bool
  ) {
    let rows = inputs.slice(point * chunkTiles * channels, chunkTiles * channels)
    for block in 0..<tiles.outputBlocks {
      let right = gradients.slice(
        (point * tiles.outputBlocks + block) * chunkTiles * 16, chunkTiles * 16)
      let target = slice.kernels.slice(
        (point * tiles.outputBlocks + block) * channels * 16, channels * 16)
      func operands(_ channel: Int) -> RegisterTile.Operands<FloatView> {
        RegisterTile.Operands(
          a: rows.slice(channel, rows.count - channel), b: right, count: count)
      }
      func step(_ tile: Int) -> Int { tile &* channels }
      for channel in stride(from: 0, to: channels, by: 16) {
        RegisterTile.six(
          operands(channel), row: { $0 }, step: step, into: target.slice(channel * 16, 96),
          accumulating: !isFirst)
        RegisterTile.six(
          operands(channel + 6), row: { $0 }, step: step,
          into: target.slice((channel + 6) * 16, 96), accumulating: !isFirst)
        RegisterTile.four(
          operands(channel + 12), row: { $0 }, step: step,
          into: target.slice((channel + 12) * 16, 64), accumulating: !isFirst)
      }
    }
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView) {
    WinogradKernels.store(
      sum, shape, channels: channels, outputs: outputs, into: block, scratch: storeScratch.view)
  }
}
