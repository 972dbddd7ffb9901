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
    let most = Self.groups(of: context.teamSize)
    scratchpad = context.makeScratchpad(
      count: most * (inputLayout.count + gradientLayout.count)
        + context.teamSize * 3 * tiles.points * 16)
    storeScratchpad = context.makeScratchpad(
      ofEach: WinogradKernels.scratchCount(gradients.shape, side: tiles.side))
    slice = gradients.makeParts(kernelCount: kernelCount)
    pixelSum = PixelSum(outputGradient)
    gradients.take(from: self)
  }

  var implementation: String { factors == .bfloat16 ? "by hand:bf16" : "by hand" }

  /// Groups of tiles that a team transforms before it multiplies them: alone one, which then is in the cache; else several a member,
  /// since they wait for each other in between.
  private static func groups(of members: Int) -> Int {
    members == 1 ? 1 : max(members, min(2 * members, 16))
  }

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
    let team = context.team
    let all = tiles.together
    let step = Self.groups(of: team.size)
    for first in stride(from: 0, to: all.count, by: step) {
      let end = min(first + step, all.count)
      let work = Work<View, Factors, Transform>(
        pass: self, pixels: pixels, outputPixels: outputPixels, groups: first..<end,
        next: end..<min(end + step, all.count), parts: team.parts)
      team.forEach(team.parts, Transforms(work: work))
      team.forEach(team.parts, Products(work: work))
    }
  }

  /// What a team does with some groups of tiles.
  private struct Work<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>:
    @unchecked Sendable
  {
    let pass: WinogradWeightPass
    let pixels: View
    let outputPixels: View
    let groups: Range<Int>
    /// Those that come then.
    let next: Range<Int>
    let parts: Int

    /// The transformed source, (point, tile, channel), and output gradient, (point, block, tile, lane), of the group `index` of these.
    func factors<Stored: TileFactors>(_ index: Int, as _: Stored.Type) -> (
      inputs: Stored, gradients: Stored
    ) {
      let (inputs, gradients) = (pass.inputLayout.count, pass.gradientLayout.count)
      let own = pass.scratchpad.values.slice(index * (inputs + gradients), inputs + gradients)
      return (
        own.stored(as: Stored.self, count: inputs),
        own.slice(inputs, gradients).stored(as: Stored.self, count: gradients)
      )
    }

    func temporary(_ member: Int) -> FloatView {
      let scratch = pass.scratchpad.values
      let size = 3 * Transform.scratchCount
      return scratch.slice(scratch.count - (member + 1) * size, size)
    }
  }

  /// The groups of one part, transformed.
  private struct Transforms<
    View: LaneView, Factors: TileFactors, Transform: WinogradTransform
  >: LoopBody {
    let work: Work<View, Factors, Transform>

    func callAsFunction(_ part: Int, _ member: Int) {
      let pass = work.pass
      for group in work.groups.part(part, of: work.parts) {
        let first = group * TileLayout.tiles
        let tiles = first..<min(first + TileLayout.tiles, pass.tiles.count)
        let index = group - work.groups.lowerBound
        let temporary = work.temporary(member)
        switch Factors.elementType {
        case .float32:
          let (inputs, gradients) = work.factors(index, as: FloatView.self)
          pass.transform(
            Transform.self, work.pixels, work.outputPixels, tiles, into: inputs, gradients,
            temporary)
        case .bfloat16:
          let (inputs, gradients) = work.factors(index, as: BFloat16View.self)
          pass.transformPairs(
            Transform.self, work.pixels, work.outputPixels, tiles, into: inputs, gradients,
            temporary)
        }
      }
    }
  }

  /// The products of all groups at some of the points.
  private struct Products<
    View: LaneView, Factors: TileFactors, Transform: WinogradTransform
  >: LoopBody {
    let work: Work<View, Factors, Transform>

    func callAsFunction(_ part: Int, _ member: Int) {
      let pass = work.pass
      let own = work.next.part(part, of: work.parts)
      var ahead = own.lowerBound * TileLayout.tiles
      let end = min(own.upperBound * TileLayout.tiles, pass.tiles.count)
      for group in work.groups {
        let (inputs, gradients) = work.factors(
          group - work.groups.lowerBound, as: Factors.self)
        let first = group * TileLayout.tiles
        let count = min(TileLayout.tiles, pass.tiles.count - first)
        for point in (0..<Transform.points).part(part, of: work.parts) {
          // Memory brings the next tiles meanwhile.
          if pass.tiles.areFarAway, ahead < end {
            let place = pass.tiles.place(ahead)
            pass.tiles.prefetchSource(work.pixels, place)
            pass.tiles.prefetchOutput(work.outputPixels, place, forWriting: false)
            ahead += 1
          }
          pass.multiply(inputs, gradients, point: point, count: count, isFirst: group == 0)
        }
      }
    }
  }

  private func transform<View: LaneView, Transform: WinogradTransform>(
    _: Transform.Type, _ pixels: View, _ outputPixels: View, _ own: Range<Int>,
    into inputs: FloatView,
    _ gradients: FloatView, _ temporary: FloatView
  ) {
    for (index, tile) in own.enumerated() {
      let place = tiles.place(tile)
      for block in 0..<tiles.sourceBlocks {
        tiles.transformSource(
          Transform.self, pixels, place, block: block, into: inputs,
          offset: index * inputLayout.channels + block * 16, step: inputLayout.step,
          scratch: temporary)
      }
      for block in 0..<tiles.outputBlocks {
        tiles.spreadOutput(
          Transform.self, outputPixels, place, block: block, into: gradients,
          offset: (block * TileLayout.tiles + index) * 16, step: gradientLayout.step,
          scratch: temporary)
      }
    }
  }

  /// Adds inputs (tile, channel) * gradients (block, tile, lane) of a group at one point; of bfloat16 two tiles pair by pair.
  @inline(__always)
  private func multiply<Factors: TileFactors>(
    _ inputs: Factors, _ gradients: Factors, point: Int, count: Int, isFirst: Bool
  ) {
    let channels = inputLayout.channels
    let size = channels * 16
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

  // MARK: Pairs

  /// Tiles two by two: the two numbers of a pair belong to two tiles.
  private func transformPairs<View: LaneView, Transform: WinogradTransform>(
    _: Transform.Type, _ pixels: View, _ outputPixels: View, _ own: Range<Int>,
    into inputs: BFloat16View,
    _ gradients: BFloat16View, _ rest: FloatView
  ) {
    let temporary = rest.slice(0, Transform.scratchCount)
    let both = rest.slice(Transform.scratchCount, 2 * Transform.scratchCount)
    for index in stride(from: 0, to: own.count, by: 2) {
      for block in 0..<tiles.sourceBlocks {
        makePair(own.lowerBound + index, both) { place, target in
          tiles.transformSource(
            Transform.self, pixels, place, block: block, into: target, offset: 0, step: 16,
            scratch: temporary)
        }
        store(
          both, into: inputs, offset: index * inputLayout.channels + block * 32,
          step: inputLayout.step)
      }
      for block in 0..<tiles.outputBlocks {
        makePair(own.lowerBound + index, both) { place, target in
          tiles.spreadOutput(
            Transform.self, outputPixels, place, block: block, into: target, offset: 0, step: 16,
            scratch: temporary)
        }
        store(
          both, into: gradients, offset: (block * TileLayout.tiles + index) * 16,
          step: gradientLayout.step)
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
  private func store(_ both: FloatView, into target: BFloat16View, offset: Int, step: Int) {
    let half = both.count / 2
    for point in 0..<tiles.points {
      target.setPairs16(
        both.vector16(at: point * 16), both.vector16(at: half + point * 16),
        at: offset + point * step)
    }
  }
}
