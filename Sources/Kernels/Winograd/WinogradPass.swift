// A convolution by Winograd's algorithm.

import Host
import Numerics

/// output = source (*) kernels + bias, with or without ReLU: transform tiles, multiply at each of their points,
/// transform back. The gradient to the source is the same with transposed kernels.
///
/// Cost: 2 * points / outputs^2 * channels * filters FLOPs a pixel, and the transforms' additions.
final class WinogradPass: OperatorPass {
  private let tiles: WinogradTiles
  private let source: Tensor
  private let output: Tensor
  private let kernels: WinogradKernels
  private let bias: Tensor?
  private let rectified: Bool
  private let context: KernelContext
  private let scratchpad: Scratchpad
  private let sourceLayout: TileLayout
  private let productLayout: TileLayout
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
    sourceLayout = TileLayout(channels: tiles.sourceBlocks * 16, points: tiles.points)
    productLayout = TileLayout(channels: tiles.outputBlocks * 16, points: tiles.points)
    self.context = context
    scratchpad = context.makeScratchpad(
      ofEach: sourceLayout.count + productLayout.count + tiles.points * 16)
  }

  var implementation: String { kernels.factors == .bfloat16 ? "by hand:bf16" : "by hand" }

  func execute() {
    switch (output.elementType, kernels.factors) {
    case (.float32, _) where tiles.side == WinogradEight.side:
      execute(source.lanes(FloatView.self), output.lanes(), FloatView.self, WinogradEight.self)
    case (.float32, _):
      execute(source.lanes(FloatView.self), output.lanes(), FloatView.self, WinogradSix.self)
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), output.lanes(), FloatView.self, WinogradSix.self)
    case (.bfloat16, .bfloat16):
      execute(
        source.lanes(BFloat16View.self), output.lanes(), BFloat16View.self, WinogradSix.self)
    }
  }

  private func execute<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ target: View, _: Factors.Type, _: Transform.Type
  ) {
    let blockRuns = Self.blockRuns(
      groups: tiles.together.count, blocks: tiles.outputBlocks, members: context.team.size)
    let parts = min(context.team.parts, tiles.together.count)
    context.team.forEach(
      parts * blockRuns,
      PartOfTiles<View, Factors, Transform>(
        pass: self, pixels: pixels, target: target, parts: parts, blockRuns: blockRuns))
  }

  /// How many runs to cut the blocks of filters into, each of which transforms the source for itself: one where there are groups of tiles for two
  /// turns of all members, or the same number for each.
  private static func blockRuns(groups: Int, blocks: Int, members: Int) -> Int {
    if groups % members == 0 { return 1 }
    let wanted = (2 * members + groups - 1) / groups
    return (1...blocks).first { blocks % $0 == 0 && $0 >= wanted } ?? blocks
  }

  /// Some of the tiles, a few at a time, and some blocks of filters.
  private struct PartOfTiles<
    View: LaneView, Factors: TileFactors, Transform: WinogradTransform
  >: LoopBody, @unchecked Sendable {
    let pass: WinogradPass
    let pixels: View
    let target: View
    /// Runs of tiles, and of blocks.
    let parts: Int
    let blockRuns: Int

    func callAsFunction(_ index: Int, _ member: Int) {
      pass.execute(
        pixels, target, Factors.self, Transform.self,
        tiles: pass.tiles.together.part(index / blockRuns, of: parts),
        blocks: (0..<pass.tiles.outputBlocks).part(index % blockRuns, of: blockRuns),
        scratch: pass.scratchpad.values(member))
    }
  }

  private func execute<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ target: View, _: Factors.Type, _: Transform.Type, tiles groups: Range<Int>,
    blocks: Range<Int>, scratch: FloatView
  ) {
    let transformed = scratch.stored(as: Factors.self, count: sourceLayout.count)
    let products = scratch.slice(sourceLayout.count, productLayout.count)
    let temporary = scratch.slice(
      sourceLayout.count + productLayout.count, Transform.scratchCount)
    for group in groups {
      let first = group * TileLayout.tiles
      let count = min(TileLayout.tiles, tiles.count - first)
      for block in 0..<tiles.sourceBlocks {
        for tile in 0..<count {
          tiles.transformSource(
            Transform.self, pixels, tiles.place(first + tile), block: block, into: transformed,
            offset: tile * sourceLayout.channels + block * 16, step: sourceLayout.step,
            scratch: temporary)
        }
      }
      for point in 0..<Transform.points {
        // Memory brings the next tiles meanwhile.
        if tiles.areFarAway, point < TileLayout.tiles, first + count + point < tiles.count {
          let next = tiles.place(first + count + point)
          tiles.prefetchSource(pixels, next)
          tiles.prefetchOutput(target, next)
        }
        multiply(point, transformed, products, blocks, count: count)
      }
      for block in blocks {
        for tile in 0..<count {
          write(
            Transform.self, tiles.place(first + tile), block: block, products,
            start: (block * TileLayout.tiles + tile) * 16, into: target, scratch: temporary)
        }
      }
    }
  }

  /// products (block of outputs, tile, lane) = transformed (tile, channel) * kernels (block, channel, lane), at one point.
  private func multiply<Factors: TileFactors>(
    _ point: Int, _ transformed: Factors, _ products: FloatView, _ blocks: Range<Int>, count: Int
  ) {
    let channels = sourceLayout.channels
    let numbers = TileLayout.tiles * 16
    Factors.multiply(
      transformed.slice(point * sourceLayout.step, TileLayout.tiles * channels), rows: count,
      row: channels,
      TileBlocks(
        view: kernels.lanes(Factors.self), start: point * kernels.step, step: channels * 16,
        count: channels * 16),
      blocks, count: channelCount,
      into: TileBlocks(
        view: products, start: point * productLayout.step, step: numbers, count: numbers))
  }

  /// One tile of the output, of one block of its channels.
  private func write<View: LaneView, Transform: WinogradTransform>(
    _: Transform.Type, _ place: WinogradTiles.Place, block: Int, _ products: FloatView, start: Int,
    into target: View, scratch: FloatView
  ) {
    let offset = bias?.values.vector16(at: block * 16) ?? .zero
    let floor = SIMD16<Float>(repeating: rectified ? 0 : -.infinity)
    let plane = (place.image * tiles.outputBlocks + block) * tiles.outputHeight
    let begin = ((plane + place.row) * tiles.outputWidth + place.column) * 16
    let rowStep = tiles.outputWidth * 16
    let (rows, columns) = (
      tiles.outputHeight - place.row, tiles.outputWidth - place.column
    )
    @inline(__always)
    func write(count: Int, rows: Int, columns: Int) {
      @inline(__always)
      func set(_ pixel: SIMD16<Float>, _ row: Int, _ column: Int) {
        guard row < rows else { return }
        let value = pixel + offset
        target.setVector16(
          value.replacing(with: floor, where: value .< floor),
          at: begin &+ row &* rowStep &+ column &* 16)
      }
      Transform.gatherTile(
        products, start: start, step: productLayout.step, count: count, scratch: scratch
      ) { column, pixels in
        guard column < columns else { return }
        Transform.forEach(pixels, count: count) { set($1, $0, column) }
      }
    }
    // Counts the compiler knows.
    let isInside = rows >= tiles.outputs && columns >= tiles.outputs
    switch (tiles.outputs, isInside) {
    case (2, true): write(count: 2, rows: 2, columns: 2)
    case (2, false): write(count: 2, rows: rows, columns: columns)
    case (_, true): write(count: 4, rows: 4, columns: 4)
    case (_, false): write(count: 4, rows: rows, columns: columns)
    }
  }
}
