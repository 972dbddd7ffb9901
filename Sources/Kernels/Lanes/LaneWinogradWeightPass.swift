// The gradient of a convolution's kernels by Winograd's algorithm along rows, sixteen images at a time.

import Host
import Numerics

/// The kernels' gradient: at each of the tiles' points the products of transformed source and transformed output gradient, summed over
/// rows, tiles and images; and the bias', the output gradient's sum.
final class LaneWinogradWeightPass: OperatorPass {
  private let context: KernelContext
  private let tiles: LaneWinogradTiles
  private let source: Tensor
  private let outputGradient: Tensor
  private let slice: FilterGradients.Parts
  private let biasSums: LaneSums
  private let scratchpad: Scratchpad
  private let blockCount: Int
  private let filterCount: Int
  /// Rows of the output whose transformed gradient stays in the second-level cache.
  private let rowsTogether: Int
  /// Rows of all kernels of a filter.
  private var kernelRows: Int { tiles.channels * tiles.kernelRows }
  private var sumCount: Int { tiles.side * filterCount * kernelRows * 16 }

  init(
    _ tiles: LaneWinogradTiles, source: Tensor, outputGradient: Tensor, gradients: FilterGradients,
    context: KernelContext
  ) {
    self.context = context
    self.tiles = tiles
    self.source = source
    self.outputGradient = outputGradient
    let shape = outputGradient.shape
    (blockCount, filterCount) = ((shape[0] + 15) / 16, shape[1])
    let rowCount = tiles.side * shape[1] * tiles.count * 16
    rowsTogether = min(tiles.outputHeight, max(1, 65_536 / rowCount))
    let kernelRows = tiles.channels * tiles.kernelRows
    let layout = LaneGradients(
      filterCount: shape[1], kernelStep: kernelRows * tiles.kernelColumns)
    slice = gradients.makeParts(kernelCount: layout.kernelCount)
    biasSums = LaneSums(outputGradient)
    scratchpad = context.makeScratchpad(
      count: tiles.transformedCount + rowsTogether * rowCount
        + tiles.side * shape[1] * kernelRows * 16)
    gradients.take(from: layout)
  }

  func execute() {
    switch (source.elementType, outputGradient.elementType) {
    case (.float32, .float32):
      execute(source.lanes(FloatView.self), outputGradient.lanes(FloatView.self))
    case (.float32, .bfloat16):
      execute(source.lanes(FloatView.self), outputGradient.lanes(BFloat16View.self))
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), outputGradient.lanes(FloatView.self))
    case (.bfloat16, .bfloat16):
      execute(source.lanes(BFloat16View.self), outputGradient.lanes(BFloat16View.self))
    }
    if let bias = slice.bias { biasSums.evaluate(into: bias, team: context.team) }
  }

  private func execute<Source: LaneView, Gradient: LaneView>(
    _ pixels: Source, _ gradient: Gradient
  ) {
    let scratch = scratchpad.values
    let transformed = scratch.slice(0, tiles.transformedCount)
    let sums = scratch.slice(transformed.count, sumCount)
    let spread = scratch.slice(
      transformed.count + sums.count, scratch.count - transformed.count - sums.count)
    sums.fill(0)
    let team = context.team
    for block in 0..<blockCount {
      team.forEach(
        team.parts,
        LaneTransforms(
          tiles: tiles, pixels: pixels, block: block, target: transformed, parts: team.parts))
      for first in stride(from: 0, to: tiles.outputHeight, by: rowsTogether) {
        let rows = first..<min(first + rowsTogether, tiles.outputHeight)
        team.forEach(
          team.parts,
          Spread<Gradient>(
            pass: self, gradient: gradient, block: block, rows: rows, target: spread,
            parts: team.parts))
        team.forEach(
          team.parts,
          Products(
            pass: self, transformed: transformed, spread: spread, rows: rows, sums: sums,
            parts: team.parts))
      }
    }
    team.forEach(team.parts, Gather(pass: self, sums: sums, parts: team.parts))
  }

  /// Some filters' gradients in Winograd's domain.
  private struct Spread<Gradient: LaneView>: LoopBody, @unchecked Sendable {
    let pass: LaneWinogradWeightPass
    let gradient: Gradient
    let block: Int
    let rows: Range<Int>
    let target: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      pass.tiles.spread(
        gradient, block: block, filterCount: pass.filterCount,
        filters: (0..<pass.filterCount).part(part, of: parts), rows: rows, into: target)
    }
  }

  /// The sums of some points and channels.
  private struct Products: LoopBody, @unchecked Sendable {
    let pass: LaneWinogradWeightPass
    let transformed: FloatView
    let spread: FloatView
    let rows: Range<Int>
    let sums: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let all = 0..<pass.tiles.side * pass.tiles.channels
      pass.multiply(
        transformed, spread, rows: rows, pointsAndChannels: all.part(part, of: parts), into: sums)
    }
  }

  /// The gradients of some rows of kernels.
  private struct Gather: LoopBody, @unchecked Sendable {
    let pass: LaneWinogradWeightPass
    let sums: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      pass.gather(sums, (0..<pass.filterCount * pass.kernelRows).part(part, of: parts))
    }
  }

  /// Adds the products of some rows to `sums`, (point, filter, channel, kernel row).
  private func multiply(
    _ transformed: FloatView, _ spread: FloatView, rows: Range<Int>, pointsAndChannels: Range<Int>,
    into sums: FloatView
  ) {
    let plane = rows.count * tiles.count * 16
    let tile = LaneSumTile(
      source: transformed, gradient: spread, sums: sums, filterCount: filterCount,
      tapStep: tiles.count * 16, gradientStep: plane, sumStep: kernelRows * 16,
      outer: .init(count: 1, source: 0, gradient: 0))
    for place in pointsAndChannels {
      let (point, channel) = (place / tiles.channels, place % tiles.channels)
      let begin =
        point * tiles.planeSize + (channel * tiles.rows + rows.lowerBound) * tiles.count * 16
      for first in stride(
        from: 0, to: tiles.kernelRows, by: LaneSumTile<FloatView, FloatView>.taps)
      {
        tile.add(
          .init(
            source: begin + first * tiles.count * 16, gradient: point * filterCount * plane,
            sum: (point * filterCount * kernelRows + channel * tiles.kernelRows + first) * 16),
          taps: min(LaneSumTile<FloatView, FloatView>.taps, tiles.kernelRows - first),
          inner: .init(count: rows.count * tiles.count, source: 16, gradient: 16))
      }
    }
  }

  /// From the points back to the taps of each kernel row, and sums over images.
  private func gather(_ sums: FloatView, _ rows: Range<Int>) {
    if tiles.side == WinogradEight.side {
      gather(WinogradEight.self, sums, rows, taps: 5)
    } else if tiles.kernelColumns == 3 {
      gather(WinogradSix.self, sums, rows, taps: 3)
    } else {
      gather(WinogradSix.self, sums, rows, taps: 5)
    }
  }

  @inline(__always)
  private func gather<Transform: WinogradTransform>(
    _: Transform.Type, _ sums: FloatView, _ rows: Range<Int>, taps: Int
  ) {
    let step = filterCount * kernelRows * 16
    for row in rows {
      let points = Transform.scaled(Transform.load(sums, row * 16, step: step))
      Transform.forEach(Transform.gather(points, count: taps), count: taps) {
        slice.kernels[row * taps + $0] = $1.laneSum
      }
    }
  }
}
