// Convolutions of sixteen images at a time, forward and backward to the source.

import Host
import Numerics

/// target[r, i, j, :] = sum over the position's pairs of weight and source vector, plus a bias, with or without ReLU; `:` are
/// images. Forward rows are filters, backward they are channels and the source is the output's gradient.
///
/// Nothing is filled up: not channels, not filters, not borders. Cost: 2 FLOPs a pair, row and image.
final class LanePass: OperatorPass {
  private let context: KernelContext
  private let taps: LaneTaps
  private let weights: LaneWeights
  /// Weights from one row to the next.
  private let rowStep: Int
  private let source: Tensor
  private let target: Tensor
  private let bias: Tensor?
  private let rectified: Bool
  private let blockCount: Int
  private let rowCount: Int
  private let height: Int
  private let width: Int

  /// - Parameter shape: how the target's numbers are looked at, in their order; the target's own if none is given.
  init(
    _ taps: LaneTaps, weights: LaneWeights, rowStep: Int, source: Tensor, target: Tensor,
    shape: [Int]? = nil, bias: Tensor? = nil, rectified: Bool = false, context: KernelContext
  ) {
    self.context = context
    self.taps = taps
    self.weights = weights
    self.rowStep = rowStep
    self.source = source
    self.target = target
    self.bias = bias
    self.rectified = rectified
    let shape = shape ?? target.shape
    blockCount = (shape[0] + 15) / 16
    (rowCount, height, width) = (shape[1], shape[2], shape[3])
  }

  func execute() {
    switch (source.elementType, target.elementType) {
    case (.float32, .float32): execute(source.lanes(FloatView.self), target.lanes(FloatView.self))
    case (.float32, .bfloat16):
      execute(source.lanes(FloatView.self), target.lanes(BFloat16View.self))
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), target.lanes(FloatView.self))
    case (.bfloat16, .bfloat16):
      execute(source.lanes(BFloat16View.self), target.lanes(BFloat16View.self))
    }
  }

  private func execute<Source: LaneView, Target: LaneView>(_ pixels: Source, _ result: Target) {
    let parts = context.team.parts
    context.team.forEach(
      parts, Part<Source, Target>(pass: self, pixels: pixels, result: result, parts: parts))
  }

  /// A part of the image's rows; of images of few rows, a part of the result's rows.
  private struct Part<Source: LaneView, Target: LaneView>: LoopBody, @unchecked Sendable {
    let pass: LanePass
    let pixels: Source
    let result: Target
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let (lines, rows) = (0..<pass.height, 0..<(pass.rowCount + 5) / 6)
      if parts <= lines.count {
        pass.execute(pixels, result, lines: lines.part(part, of: parts), sixes: rows)
      } else {
        pass.execute(pixels, result, lines: lines, sixes: rows.part(part, of: parts))
      }
    }
  }

  private func execute<Source: LaneView, Target: LaneView>(
    _ pixels: Source, _ result: Target, lines: Range<Int>, sixes: Range<Int>
  ) {
    let tile = LaneTile(weights: weights.values, pixels: pixels, planes: taps.planes)
    let (sourceBlock, targetBlock) = (pixels.count / blockCount, result.count / blockCount)
    let plane = height * width * 16
    let biases = bias?.values
    // Two blocks of images share a weight's load; twelve sums need the registers of AVX-512.
    let together = CompiledCode.simdWidth >= 512 ? 2 : 1
    for block in stride(from: 0, to: blockCount, by: together) {
      let isPair = together == 2 && block + 1 < blockCount
      for row in lines {
        for column in 0..<width {
          let list = taps.list(row, column)
          let base = block * sourceBlock + taps.base(row, column)
          let place = block * targetBlock + (row * width + column) * 16
          for six in sixes {
            let first = six &* 6
            let rows = LaneTile<Source>.Rows(first, of: rowCount, step: rowStep)
            if isPair {
              let (c, e) = tile.two(rows, list: list, base: base, apart: sourceBlock)
              write(c, first, biases, into: result, at: place, plane: plane)
              write(e, first, biases, into: result, at: place + targetBlock, plane: plane)
            } else {
              write(
                tile.one(rows, list: list, base: base), first, biases, into: result, at: place,
                plane: plane)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func write<Target: LaneView>(
    _ sums: LaneTile<Target>.Six, _ first: Int, _ biases: FloatView?, into result: Target,
    at place: Int, plane: Int
  ) {
    let floor = SIMD16<Float>(repeating: rectified ? 0 : -.infinity)
    @inline(__always)
    func put(_ index: Int, _ sum: SIMD16<Float>) {
      let row = first &+ index
      guard row < rowCount else { return }
      var value = sum
      if let biases { value += biases[row] }
      result.setVector16(
        value.replacing(with: floor, where: value .< floor), at: place &+ row &* plane)
    }
    put(0, sums.0)
    put(1, sums.1)
    put(2, sums.2)
    put(3, sums.3)
    put(4, sums.4)
    put(5, sums.5)
  }
}
