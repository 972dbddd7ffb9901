// Convolutions of sixteen images at a time by Winograd's algorithm along rows.

import Host
import Numerics

/// output = source (*) kernels + bias, with or without ReLU: transform the tiles of each row, sum over channels and kernel rows at each
/// of the tiles' points, transform back.
///
/// Cost: 2 * side / outputs * channels * kernel rows FLOPs an output pixel, filter and image, and the transforms' additions.
final class LaneWinogradPass: OperatorPass {
  private let context: KernelContext
  private let tiles: LaneWinogradTiles
  private let taps: LaneTaps
  private let kernels: LaneWinogradKernels
  private let source: Tensor
  private let output: Tensor
  private let bias: Tensor?
  private let rectified: Bool
  private let scratchpad: Scratchpad
  private let blockCount: Int
  private let filterCount: Int
  private let productCount: Int

  init(
    _ tiles: LaneWinogradTiles, kernels: LaneWinogradKernels, source: Tensor, output: Tensor,
    bias: Tensor?, rectified: Bool, context: KernelContext
  ) {
    self.context = context
    self.tiles = tiles
    self.kernels = kernels
    self.source = source
    self.output = output
    self.bias = bias
    self.rectified = rectified
    let shape = output.shape
    (blockCount, filterCount) = ((shape[0] + 15) / 16, shape[1])
    // At each point a convolution along columns, the rows' pixels being tiles.
    var geometry = ConvolutionGeometry(validKernel: 1, stride: 1)
    geometry.kernel = [tiles.kernelRows, 1]
    taps = LaneTaps(
      forward: geometry, source: [1, tiles.channels, tiles.rows, tiles.count],
      output: [1, filterCount, tiles.outputHeight, tiles.count])
    productCount = filterCount * tiles.side * tiles.count * 16
    scratchpad = context.makeScratchpad(
      count: tiles.transformedCount + context.teamSize * productCount)
  }

  func execute() {
    switch (source.elementType, output.elementType) {
    case (.float32, .float32): execute(source.lanes(FloatView.self), output.lanes(FloatView.self))
    case (.float32, .bfloat16):
      execute(source.lanes(FloatView.self), output.lanes(BFloat16View.self))
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), output.lanes(FloatView.self))
    case (.bfloat16, .bfloat16):
      execute(source.lanes(BFloat16View.self), output.lanes(BFloat16View.self))
    }
  }

  private func execute<Source: LaneView, Target: LaneView>(_ pixels: Source, _ result: Target) {
    let team = context.team
    let transformed = scratchpad.values.slice(0, tiles.transformedCount)
    for block in 0..<blockCount {
      team.forEach(
        team.parts,
        LaneTransforms(
          tiles: tiles, pixels: pixels, block: block, target: transformed, parts: team.parts))
      team.forEach(
        team.parts,
        Part<Target>(
          pass: self, transformed: transformed, block: block, result: result, parts: team.parts))
    }
  }

  /// Some of the output's rows of a block of images.
  private struct Part<Target: LaneView>: LoopBody, @unchecked Sendable {
    let pass: LaneWinogradPass
    let transformed: FloatView
    let block: Int
    let result: Target
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let products = pass.scratchpad.values.slice(
        transformed.count + member * pass.productCount, pass.productCount)
      for row in (0..<pass.tiles.outputHeight).part(part, of: parts) {
        pass.multiply(transformed, block: block, row: row, products, into: result)
      }
    }
  }

  private func multiply<Target: LaneView>(
    _ transformed: FloatView, block: Int, row: Int, _ products: FloatView, into result: Target
  ) {
    for point in 0..<tiles.side {
      multiply(
        LaneTile(
          weights: kernels.values(point),
          pixels: transformed.slice(point * tiles.planeSize, tiles.planeSize),
          planes: taps.planes),
        row: row,
        into: products.slice(point * tiles.count * 16, products.count - point * tiles.count * 16))
    }
    // Counts the compiler knows.
    if tiles.side == WinogradEight.side {
      write(WinogradEight.self, products, block: block, row: row, count: 4, into: result)
    } else if tiles.outputs == 2 {
      write(WinogradSix.self, products, block: block, row: row, count: 2, into: result)
    } else {
      write(WinogradSix.self, products, block: block, row: row, count: 4, into: result)
    }
  }

  /// products (filter, point, tile): the row's tiles at one point, two at a time where registers hold their sums.
  private func multiply(_ tile: LaneTile<FloatView>, row: Int, into products: FloatView) {
    let together = CompiledCode.simdWidth >= 512 ? 2 : 1
    let list = taps.list(row, 0)
    let step = tiles.side * tiles.count * 16
    for first in stride(from: 0, to: filterCount, by: 6) {
      let rows = LaneTile<FloatView>.Rows(first, of: filterCount, step: kernels.filterStep)
      @inline(__always)
      func put(_ sums: LaneTile<FloatView>.Six, _ place: Int) {
        @inline(__always)
        func put(_ index: Int, _ sum: SIMD16<Float>) {
          let filter = first &+ index
          if filter < filterCount { products.setVector16(sum, at: filter &* step &+ place) }
        }
        put(0, sums.0)
        put(1, sums.1)
        put(2, sums.2)
        put(3, sums.3)
        put(4, sums.4)
        put(5, sums.5)
      }
      for column in stride(from: 0, to: tiles.count, by: together) {
        let base = taps.base(row, column)
        if together == 2 && column + 1 < tiles.count {
          let (c, e) = tile.two(rows, list: list, base: base, apart: 16)
          put(c, column * 16)
          put(e, column * 16 + 16)
        } else {
          put(tile.one(rows, list: list, base: base), column * 16)
        }
      }
    }
  }

  /// A row of the output of a block of images.
  @inline(__always)
  private func write<Transform: WinogradTransform, Target: LaneView>(
    _: Transform.Type, _ products: FloatView, block: Int, row: Int, count: Int, into result: Target
  ) {
    let floor = SIMD16<Float>(repeating: rectified ? 0 : -.infinity)
    let biases = bias?.values
    for filter in 0..<filterCount {
      let offset = SIMD16<Float>(repeating: biases.map { $0[filter] } ?? 0)
      let plane = (block * filterCount + filter) * tiles.outputHeight + row
      let start = plane * tiles.outputWidth * 16
      let from = filter * Transform.side * tiles.count * 16
      for tile in 0..<tiles.count {
        let pixels = Transform.gather(
          Transform.load(products, from + tile * 16, step: tiles.count * 16), count: count)
        Transform.forEach(pixels, count: count) { index, pixel in
          let column = tile &* count &+ index
          guard column < tiles.outputWidth else { return }
          let value = pixel + offset
          result.setVector16(
            value.replacing(with: floor, where: value .< floor), at: start &+ column &* 16)
        }
      }
    }
  }
}
