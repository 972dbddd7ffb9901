// The gradient of a convolution's kernels by Winograd's algorithm.

import Host
import Numerics

/// The kernels' gradient: at each point the product of the transformed source and the transformed output gradient,
/// summed over tiles; and the bias', the output gradient's sum.
final class WinogradWeightPass: OperatorPass, KernelGradients {
  let kernelCount: Int
  let tiles: WinogradTiles
  private let source: Tensor
  private let outputGradient: Tensor
  private let factors: ElementType
  let slice: FilterGradients.Parts
  private let pixelSum: PixelSum
  let context: KernelContext
  private let scratchpad: Scratchpad
  /// All tiles' factors, and each member's room for a transform; of teams that share them.
  private let sharedScratchpad: Scratchpad?
  let sharedRoomCount: Int
  let inputLayout: TileLayout
  let gradientLayout: TileLayout
  private let storeScratchpad: Scratchpad
  /// Numbers of a member's room.
  private let memberCount: Int

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
    let (factorCount, temporaryCount) = (
      inputLayout.count + gradientLayout.count, 3 * tiles.points * 16
    )
    memberCount = factorCount + temporaryCount
    scratchpad = context.makeScratchpad(
      count: context.teamSize * memberCount + (tiles.runCount - 1) * kernelCount)
    sharedRoomCount = max(temporaryCount, inputLayout.channels * 16)
    sharedScratchpad =
      Self.shares(members: context.teamSize, runs: tiles.runCount)
      ? context.makeScratchpad(
        count: tiles.together.count * factorCount + context.teamSize * sharedRoomCount) : nil
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
    let (runs, members) = (tiles.runCount, context.team.size)
    if let shared = sharedScratchpad?.values, Self.shares(members: members, runs: runs) {
      return share(pixels, outputPixels, Factors.self, Transform.self, scratch: shared)
    }
    let columnRuns = Self.columnRuns(runs: runs, members: members, of: Transform.side)
    let sums = SumRun<View, Factors, Transform>(
      pass: self, pixels: pixels, outputPixels: outputPixels, columnRuns: columnRuns)
    if members == 1 {
      for run in 0..<runs {
        sums(run, 0)
        if run > 0 { add(run, 0..<kernelCount) }
      }
    } else {
      context.team.forEach(runs * columnRuns, sums)
      let pieces = context.team.parts
      if runs > 1 { context.team.forEach(pieces, AddRuns(pass: self, pieces: pieces)) }
    }
  }

  // MARK: Runs of tiles

  /// How many parts to cut the columns of points into, each of which transforms pixels for itself.
  private static func columnRuns(runs: Int, members: Int, of side: Int) -> Int {
    runs >= members ? 1 : min(side, (members + runs - 1) / runs)
  }

  /// A run's sums, where they wait for being added to the first one's; of one thread, which adds them at once, all in one place.
  private func sums(of run: Int) -> FloatView {
    if run == 0 { return slice.kernels }
    let place = context.team.size == 1 ? 0 : run - 1
    return scratchpad.values.slice(
      context.teamSize * memberCount + place * kernelCount, kernelCount)
  }

  /// Adds some of a run's sums to the first one's.
  private func add(_ run: Int, _ range: Range<Int>) {
    VectorMath.add(sums(of: run).slice(range), times: 1, to: slice.kernels.slice(range))
  }

  /// The sums at some columns of points over a run of tiles: what a member transforms it multiplies itself, so that members never wait for each other.
  private struct SumRun<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>:
    LoopBody, @unchecked Sendable
  {
    let pass: WinogradWeightPass
    let pixels: View
    let outputPixels: View
    let columnRuns: Int

    func callAsFunction(_ index: Int, _ member: Int) {
      let run = index / columnRuns
      let columns = (0..<Transform.side).part(index % columnRuns, of: columnRuns)
      let scratch = pass.scratchpad.values.slice(member * pass.memberCount, pass.memberCount)
      switch Factors.elementType {
      case .float32:
        pass.sum(
          pixels, outputPixels, run, columns, factors: FloatView.self, Transform.self, scratch
        ) { tiles, inputs, gradients, temporary in
          pass.transform(
            Transform.self, pixels, outputPixels, tiles, columns, into: inputs, gradients,
            temporary)
        }
      case .bfloat16:
        pass.sum(
          pixels, outputPixels, run, columns, factors: BFloat16View.self, Transform.self, scratch
        ) { tiles, inputs, gradients, temporary in
          pass.transformPairs(
            Transform.self, pixels, outputPixels, tiles, columns, into: inputs, gradients,
            temporary)
        }
      }
    }
  }

  /// Adds a piece of the runs' sums to the first one's, in their order.
  private struct AddRuns: LoopBody, @unchecked Sendable {
    let pass: WinogradWeightPass
    let pieces: Int

    func callAsFunction(_ piece: Int, _ member: Int) {
      let range = (0..<pass.kernelCount / 16).part(piece, of: pieces)
      for run in 1..<pass.tiles.runCount {
        pass.add(run, range.lowerBound * 16..<range.upperBound * 16)
      }
    }
  }

  /// The sums of some columns of points over a run of tiles, some of which at a time `transform` brings into scratch memory.
  @inline(__always)
  private func sum<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ outputPixels: View, _ run: Int, _ columns: Range<Int>,
    factors: Factors.Type, _: Transform.Type, _ scratch: FloatView,
    transform: (
      _ tiles: Range<Int>, _ inputs: Factors, _ gradients: Factors, _ temporary: FloatView
    ) -> Void
  ) {
    let (inputCount, gradientCount) = (inputLayout.count, gradientLayout.count)
    let inputs = scratch.stored(as: Factors.self, count: inputCount)
    let gradients = scratch.slice(inputCount, gradientCount).stored(
      as: Factors.self, count: gradientCount)
    let temporary = scratch.slice(inputCount + gradientCount, 3 * Transform.scratchCount)
    let sums = sums(of: run)
    let groups = tiles.run(run)
    for group in groups {
      let (first, end) = (tiles.group(group).lowerBound, tiles.group(group).upperBound)
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
          let (point, blocks) = (row * Transform.side + column, 0..<tiles.outputBlocks)
          multiply(
            inputs, gradients, point: point, blocks: blocks, count: end - first,
            into: self.sums(in: sums, point: point, blocks: blocks),
            isFirst: group == groups.lowerBound)
        }
      }
    }
  }

  func transform<View: LaneView, Transform: WinogradTransform>(
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

  /// Overwrites, or adds to, `sums` inputs (tile, channel) * gradients (block, tile, lane) of a group at one point; of bfloat16 two tiles pair by
  /// pair. `sums` begins with those of the first of `blocks`.
  @inline(__always)
  func multiply<Factors: TileFactors>(
    _ inputs: Factors, _ gradients: Factors, point: Int, blocks: Range<Int>, count: Int,
    into sums: FloatView, isFirst: Bool
  ) {
    let channels = inputLayout.channels
    let size = channels * 16
    let left = inputs.slice(point * inputLayout.step, TileLayout.tiles * channels)
    let numbers = TileLayout.tiles * 16
    Factors.multiplyTransposed(
      left, channels: channels,
      TileBlocks(
        view: gradients, start: point * gradientLayout.step, step: numbers, count: numbers),
      blocks, count: count,
      into: TileBlocks(view: sums, start: -blocks.lowerBound * size, step: size, count: size),
      accumulating: !isFirst)
  }

  /// Those of a point, from a block of filters on, (block, channel, lane), in `kernels`.
  @inline(__always)
  func sums(in kernels: FloatView, point: Int, blocks: Range<Int>) -> FloatView {
    let size = inputLayout.channels * 16
    return kernels.slice(
      (point * tiles.outputBlocks + blocks.lowerBound) * size, blocks.count * size)
  }

  // MARK: Pairs

  /// Tiles two by two: the two numbers of a pair belong to two tiles.
  func transformPairs<View: LaneView, Transform: WinogradTransform>(
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
