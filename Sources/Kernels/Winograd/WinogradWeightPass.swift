// The gradient of a convolution's kernels by Winograd's algorithm.

import Host
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
  private let context: KernelContext
  private let scratchpad: Scratchpad
  /// All tiles' factors, and each member's room for a transform; of teams that share them.
  private let sharedScratchpad: Scratchpad?
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
    inputLayout = TileLayout(channels: tiles.sourceBlocks * 16, points: tiles.points)
    gradientLayout = TileLayout(channels: tiles.outputBlocks * 16, points: tiles.points)
    kernelCount = tiles.points * inputLayout.channels * gradientLayout.channels
    self.context = context
    let groupCount = inputLayout.count + gradientLayout.count
    let temporaryCount = 3 * tiles.points * 16
    scratchpad = context.makeScratchpad(ofEach: groupCount + temporaryCount)
    sharedScratchpad =
      context.teamSize < Self.sharingTeam
      ? nil
      : context.makeScratchpad(
        count: tiles.together.count * groupCount + context.teamSize * temporaryCount)
    storeScratchpad = context.makeScratchpad(
      ofEach: WinogradKernels.scratchCount(gradients.shape, side: tiles.side))
    slice = gradients.makeParts(kernelCount: kernelCount)
    pixelSum = PixelSum(outputGradient)
    gradients.take(from: self)
  }

  var implementation: String { factors == .bfloat16 ? "by hand:bf16" : "by hand" }

  func execute() {
    switch (source.elementType, factors) {
    case (.float32, _) where tiles.side == WinogradEight.side:
      execute(
        source.lanes(FloatView.self), outputGradient.lanes(), FloatView.self, WinogradEight.self)
    case (.float32, _):
      execute(
        source.lanes(FloatView.self), outputGradient.lanes(), FloatView.self, WinogradSix.self)
    case (.bfloat16, .float32):
      execute(
        source.lanes(BFloat16View.self), outputGradient.lanes(), FloatView.self, WinogradSix.self)
    case (.bfloat16, .bfloat16):
      execute(
        source.lanes(BFloat16View.self), outputGradient.lanes(), BFloat16View.self,
        WinogradSix.self)
    }
    if let bias = slice.bias { pixelSum.evaluate(into: bias) }
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView, member: Int) {
    WinogradKernels.store(
      sum, shape, side: tiles.side, channels: inputLayout.channels,
      outputs: gradientLayout.channels, into: block,
      scratch: storeScratchpad.values(member))
  }

  private func execute<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ outputPixels: View, _: Factors.Type, _: Transform.Type
  ) {
    if let shared = sharedScratchpad?.values, context.team.size >= Self.sharingTeam {
      let work = SharedTiles<View, Factors, Transform>(
        pass: self, pixels: pixels, outputPixels: outputPixels, scratch: shared)
      context.team.forEach(tiles.together.count, SharedTransforms(work: work))
      context.team.forEach(tiles.points * tiles.outputBlocks, SharedSums(work: work))
    } else {
      let columns = min(context.team.size, Transform.side)
      context.team.forEach(
        columns,
        Share<View, Factors, Transform>(
          pass: self, pixels: pixels, outputPixels: outputPixels, runs: columns))
    }
  }

  // MARK: Few threads

  /// The sums at some columns of points: what a member transforms it multiplies itself, so that members never wait for each other.
  private struct Share<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>:
    LoopBody, @unchecked Sendable
  {
    let pass: WinogradWeightPass
    let pixels: View
    let outputPixels: View
    /// Runs of columns.
    let runs: Int

    func callAsFunction(_ index: Int, _ member: Int) {
      let columns = (0..<Transform.side).part(index, of: runs)
      let scratch = pass.scratchpad.values(member)
      switch Factors.elementType {
      case .float32:
        pass.sum(
          pixels, outputPixels, columns, factors: FloatView.self, Transform.self, scratch
        ) { tiles, inputs, gradients, temporary in
          pass.transform(
            Transform.self, pixels, outputPixels, tiles, columns, into: inputs, gradients,
            temporary)
        }
      case .bfloat16:
        pass.sum(
          pixels, outputPixels, columns, factors: BFloat16View.self, Transform.self, scratch
        ) { tiles, inputs, gradients, temporary in
          pass.transformPairs(
            Transform.self, pixels, outputPixels, tiles, columns, into: inputs, gradients,
            temporary)
        }
      }
    }
  }

  /// The sums of some columns of points over all tiles, some of which at a time `transform` brings into scratch memory.
  @inline(__always)
  private func sum<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ outputPixels: View, _ columns: Range<Int>, factors: Factors.Type,
    _: Transform.Type,
    _ scratch: FloatView,
    transform: (
      _ tiles: Range<Int>, _ inputs: Factors, _ gradients: Factors, _ temporary: FloatView
    ) -> Void
  ) {
    let (inputCount, gradientCount) = (inputLayout.count, gradientLayout.count)
    let inputs = scratch.stored(as: Factors.self, count: inputCount)
    let gradients = scratch.slice(inputCount, gradientCount).stored(
      as: Factors.self, count: gradientCount)
    let temporary = scratch.slice(inputCount + gradientCount, 3 * Transform.scratchCount)
    for group in tiles.together {
      let first = group * TileLayout.tiles
      let end = min(first + TileLayout.tiles, tiles.count)
      transform(first..<end, inputs, gradients, temporary)
      var ahead = end
      for row in 0..<Transform.side {
        for column in columns {
          // Memory brings the next tiles meanwhile.
          if tiles.areFarAway, ahead < min(end + TileLayout.tiles, tiles.count) {
            let place = tiles.place(ahead)
            tiles.prefetchSource(pixels, place)
            tiles.prefetchOutput(outputPixels, place, forWriting: false)
            ahead += 1
          }
          multiply(
            inputs, gradients, point: row * Transform.side + column,
            blocks: 0..<tiles.outputBlocks, count: end - first, isFirst: group == 0)
        }
      }
    }
  }

  private func transform<View: LaneView, Transform: WinogradTransform>(
    _: Transform.Type, _ pixels: View, _ outputPixels: View, _ own: Range<Int>,
    _ columns: Range<Int>, into inputs: FloatView, _ gradients: FloatView, _ temporary: FloatView
  ) {
    Transform.withKnown(columns) { columns in
      for (index, tile) in own.enumerated() {
        let place = tiles.place(tile)
        for block in 0..<tiles.sourceBlocks {
          tiles.transformSource(
            Transform.self, pixels, place, block: block, columns, into: inputs,
            offset: index * inputLayout.channels + block * 16, step: inputLayout.step,
            scratch: temporary)
        }
        for block in 0..<tiles.outputBlocks {
          tiles.spreadOutput(
            Transform.self, outputPixels, place, block: block, columns, into: gradients,
            offset: (block * TileLayout.tiles + index) * 16, step: gradientLayout.step,
            scratch: temporary)
        }
      }
    }
  }

  /// Adds inputs (tile, channel) * gradients (block, tile, lane) of a group at one point; of bfloat16 two tiles pair by pair.
  @inline(__always)
  private func multiply<Factors: TileFactors>(
    _ inputs: Factors, _ gradients: Factors, point: Int, blocks: Range<Int>, count: Int,
    isFirst: Bool
  ) {
    let channels = inputLayout.channels
    let size = channels * 16
    let left = inputs.slice(point * inputLayout.step, TileLayout.tiles * channels)
    for block in blocks {
      let right = gradients.slice(
        point * gradientLayout.step + block * TileLayout.tiles * 16, TileLayout.tiles * 16)
      Factors.multiplyTransposed(
        left, channels: channels, right, count: count,
        into: slice.kernels.slice((point * tiles.outputBlocks + block) * size, size),
        accumulating: !isFirst)
    }
  }

  // MARK: Many threads

  /// The smallest team that shares transformed tiles: there are few columns of points, and each needs all pixels.
  private static let sharingTeam = 4

  /// Factors of all tiles in memory that a team shares.
  private struct SharedTiles<View: LaneView, Factors: TileFactors, Transform: WinogradTransform> {
    let pass: WinogradWeightPass
    let pixels: View
    let outputPixels: View
    let scratch: FloatView

    private var groupCount: Int { pass.inputLayout.count + pass.gradientLayout.count }

    func tiles(of group: Int) -> Range<Int> {
      let first = group * TileLayout.tiles
      return first..<min(first + TileLayout.tiles, pass.tiles.count)
    }

    func factors(of group: Int) -> (inputs: FloatView, gradients: FloatView) {
      let first = group * groupCount
      return (
        scratch.slice(first, pass.inputLayout.count),
        scratch.slice(first + pass.inputLayout.count, pass.gradientLayout.count)
      )
    }

    func temporary(_ member: Int) -> FloatView {
      let count = 3 * Transform.scratchCount
      return scratch.slice(pass.tiles.together.count * groupCount + member * count, count)
    }

    func stored<Stored: TileFactors>(_ view: FloatView, as _: Stored.Type) -> Stored {
      view.stored(as: Stored.self, count: view.count)
    }
  }

  /// A group's transforms an iteration.
  private struct SharedTransforms<
    View: LaneView, Factors: TileFactors, Transform: WinogradTransform
  >: LoopBody, @unchecked Sendable {
    let work: SharedTiles<View, Factors, Transform>

    func callAsFunction(_ group: Int, _ member: Int) {
      let (pass, tiles, columns) = (work.pass, work.tiles(of: group), 0..<Transform.side)
      let (inputs, gradients) = work.factors(of: group)
      switch Factors.elementType {
      case .float32:
        pass.transform(
          Transform.self, work.pixels, work.outputPixels, tiles, columns, into: inputs, gradients,
          work.temporary(member))
      case .bfloat16:
        pass.transformPairs(
          Transform.self, work.pixels, work.outputPixels, tiles, columns,
          into: work.stored(inputs, as: BFloat16View.self),
          work.stored(gradients, as: BFloat16View.self), work.temporary(member))
      }
    }
  }

  /// The sums of a point and a block of filters an iteration, over all groups in their order.
  private struct SharedSums<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>:
    LoopBody, @unchecked Sendable
  {
    let work: SharedTiles<View, Factors, Transform>

    func callAsFunction(_ index: Int, _ member: Int) {
      let (pass, blocks) = (work.pass, work.pass.tiles.outputBlocks)
      for group in pass.tiles.together {
        let (inputs, gradients) = work.factors(of: group)
        pass.multiply(
          work.stored(inputs, as: Factors.self), work.stored(gradients, as: Factors.self),
          point: index / blocks, blocks: index % blocks..<index % blocks + 1,
          count: work.tiles(of: group).count, isFirst: group == 0)
      }
    }
  }

  // MARK: Pairs

  /// Tiles two by two: the two numbers of a pair belong to two tiles.
  private func transformPairs<View: LaneView, Transform: WinogradTransform>(
    _: Transform.Type, _ pixels: View, _ outputPixels: View, _ own: Range<Int>,
    _ columns: Range<Int>, into inputs: BFloat16View, _ gradients: BFloat16View, _ rest: FloatView
  ) {
    let temporary = rest.slice(0, Transform.scratchCount)
    let both = rest.slice(Transform.scratchCount, 2 * Transform.scratchCount)
    Transform.withKnown(columns) { columns in
      for index in stride(from: 0, to: own.count, by: 2) {
        for block in 0..<tiles.sourceBlocks {
          makePair(own.lowerBound + index, both) { place, target in
            tiles.transformSource(
              Transform.self, pixels, place, block: block, columns, into: target, offset: 0,
              step: 16, scratch: temporary)
          }
          store(
            both, columns, into: inputs, offset: index * inputLayout.channels + block * 32,
            step: inputLayout.step)
        }
        for block in 0..<tiles.outputBlocks {
          makePair(own.lowerBound + index, both) { place, target in
            tiles.spreadOutput(
              Transform.self, outputPixels, place, block: block, columns, into: target, offset: 0,
              step: 16, scratch: temporary)
          }
          store(
            both, columns, into: gradients, offset: (block * TileLayout.tiles + index) * 16,
            step: gradientLayout.step)
        }
      }
    }
  }

  /// Overwrites the halves of `both` with what `transform` makes of a tile and the next one; zeros where there is none.
  @inline(__always)
  private func makePair(
    _ tile: Int, _ both: FloatView, _ transform: (WinogradTiles.Place, FloatView) -> Void
  ) {
    let half = both.count / 2
    transform(tiles.place(tile), both.slice(0, half))
    if tile + 1 < tiles.count {
      transform(tiles.place(tile + 1), both.slice(half, half))
    } else {
      both.slice(half, half).fill(0)
    }
  }

  @inline(__always)
  private func store(
    _ both: FloatView, _ columns: Range<Int>, into target: BFloat16View, offset: Int, step: Int
  ) {
    let half = both.count / 2
    for row in 0..<tiles.side {
      for point in columns.lowerBound + row * tiles.side..<columns.upperBound + row * tiles.side {
        target.setPairs16(
          both.vector16(at: point * 16), both.vector16(at: half + point * 16),
          at: offset + point * step)
      }
    }
  }
}
