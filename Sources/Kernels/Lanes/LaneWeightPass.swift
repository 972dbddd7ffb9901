// The gradient of a convolution's kernels, of sixteen images at a time.

import Host
import Numerics

/// The kernels' gradient: for each filter and tap the sum over pixels of the output's gradient times the source, image by
/// image, and at last the sum over images; and the bias', the output gradient's sum.
///
/// Cost: 2 FLOPs a tap, pixel of the output and image; taps over the border cost nothing.
final class LaneWeightPass: OperatorPass {
  private let context: KernelContext
  private let geometry: ConvolutionGeometry
  private let source: Tensor
  private let outputGradient: Tensor
  private let slice: FilterGradients.Parts
  private let biasSums: LaneSums
  private let scratchpad: Scratchpad
  private let groups: [Group]
  private let blockCount: Int
  private let (channels, height, width): (Int, Int, Int)
  private let (filters, outputHeight, outputWidth): (Int, Int, Int)
  private var kernelCount: Int { channels * geometry.kernel[0] * geometry.kernel[1] }

  init(
    _ geometry: ConvolutionGeometry, source: Tensor, outputGradient: Tensor,
    gradients: FilterGradients, context: KernelContext
  ) {
    self.context = context
    self.geometry = geometry
    self.source = source
    self.outputGradient = outputGradient
    let (from, to) = (source.shape, outputGradient.shape)
    blockCount = (from[0] + 15) / 16
    (channels, height, width) = (from[1], from[2], from[3])
    (filters, outputHeight, outputWidth) = (to[1], to[2], to[3])
    let kernelStep = from[1] * geometry.kernel[0] * geometry.kernel[1]
    let layout = LaneGradients(filterCount: to[1], kernelStep: kernelStep)
    slice = gradients.makeParts(kernelCount: layout.kernelCount)
    biasSums = LaneSums(outputGradient)
    groups = Self.makeGroups(geometry, width: from[3], outputWidth: to[3])
    scratchpad = context.makeScratchpad(count: layout.kernelCount * 16)
    gradients.take(from: layout)
  }

  func execute() {
    let sums = scratchpad.values
    switch (source.elementType, outputGradient.elementType) {
    case (.float32, .float32):
      execute(source.lanes(FloatView.self), outputGradient.lanes(FloatView.self), into: sums)
    case (.float32, .bfloat16):
      execute(source.lanes(FloatView.self), outputGradient.lanes(BFloat16View.self), into: sums)
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), outputGradient.lanes(FloatView.self), into: sums)
    case (.bfloat16, .bfloat16):
      execute(source.lanes(BFloat16View.self), outputGradient.lanes(BFloat16View.self), into: sums)
    }
    if let bias = slice.bias { biasSums.evaluate(into: bias, team: context.team) }
  }

  private func execute<Source: LaneView, Gradient: LaneView>(
    _ pixels: Source, _ gradient: Gradient, into sums: FloatView
  ) {
    let parts = context.team.parts
    context.team.forEach(
      parts,
      Part<Source, Gradient>(
        pass: self, pixels: pixels, gradient: gradient, sums: sums, parts: parts))
  }

  /// The sums of some of the kernels' rows, of all channels.
  private struct Part<Source: LaneView, Gradient: LaneView>: LoopBody, @unchecked Sendable {
    let pass: LaneWeightPass
    let pixels: Source
    let gradient: Gradient
    let sums: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let columns = pass.geometry.kernel[1]
      let rows = (0..<pass.channels * pass.geometry.kernel[0]).part(part, of: parts)
      let own = rows.lowerBound * columns..<rows.upperBound * columns
      for filter in 0..<pass.filters {
        sums.slice((filter * pass.kernelCount + own.lowerBound) * 16, own.count * 16).fill(0)
      }
      pass.add(pixels, gradient, kernelRows: rows, into: sums)
      for filter in 0..<pass.filters {
        for tap in own {
          let index = filter * pass.kernelCount + tap
          pass.slice.kernels[index] = sums.vector16(at: 16 * index).laneSum
        }
      }
    }
  }

  /// Row by row of the output, whose gradient's row stays in the first-level cache for all taps.
  private func add<Source: LaneView, Gradient: LaneView>(
    _ pixels: Source, _ gradient: Gradient, kernelRows own: Range<Int>, into sums: FloatView
  ) {
    let (stride, padding) = (geometry.stride, geometry.paddingBefore)
    let (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    let plane = outputHeight * outputWidth * 16
    let tile = LaneSumTile(
      source: pixels, gradient: gradient, sums: sums, filterCount: filters, tapStep: 16,
      gradientStep: plane, sumStep: kernelCount * 16,
      outer: .init(
        count: blockCount, source: channels * height * width * 16, gradient: filters * plane))
    for row in 0..<outputHeight {
      for u in 0..<kernelRows {
        let sourceRow = row * stride[0] + u - padding[0]
        guard 0..<height ~= sourceRow else { continue }
        for channel in 0..<channels where own.contains(channel * kernelRows + u) {
          let sourceStart = (channel * height + sourceRow) * width * 16
          let sumStart = (channel * kernelRows + u) * kernelColumns * 16
          func add(_ taps: Range<Int>, _ columns: Range<Int>) {
            tile.add(
              .init(
                source: sourceStart
                  + (columns.lowerBound * stride[1] + taps.lowerBound - padding[1]) * 16,
                gradient: (row * outputWidth + columns.lowerBound) * 16,
                sum: sumStart + taps.lowerBound * 16), taps: taps.count,
              inner: .init(count: columns.count, source: stride[1] * 16, gradient: 16))
          }
          for group in groups {
            add(group.taps, group.inside)
            for (tap, columns) in group.beside { add(tap..<tap + 1, columns) }
          }
        }
      }
    }
  }

  /// Taps of a kernel's row that meet pixels together in the columns `inside`, and singly in those `beside`.
  private struct Group {
    var taps: Range<Int>
    var inside: Range<Int>
    var beside: [(tap: Int, columns: Range<Int>)] = []
  }

  private static func makeGroups(_ geometry: ConvolutionGeometry, width: Int, outputWidth: Int)
    -> [Group]
  {
    let (stride, padding) = (geometry.stride[1], geometry.paddingBefore[1])
    /// Columns of the output at which a tap meets a pixel.
    func columns(_ tap: Int) -> Range<Int> {
      let met = (0..<outputWidth).filter { 0..<width ~= $0 * stride + tap - padding }
      return met.isEmpty ? 0..<0 : met[0]..<met[met.count - 1] + 1
    }
    return Swift.stride(from: 0, to: geometry.kernel[1], by: 5).map { first in
      let taps = first..<min(first + 5, geometry.kernel[1])
      let own = taps.map(columns)
      let (left, right) = (own.map(\.lowerBound).max()!, own.map(\.upperBound).min()!)
      guard left < right else {
        return Group(taps: taps, inside: 0..<0, beside: zip(taps, own).map { ($0, $1) })
      }
      let beside = zip(taps, own).flatMap {
        [($0, $1.lowerBound..<left), ($0, right..<$1.upperBound)]
      }
      return Group(taps: taps, inside: left..<right, beside: beside.filter { !$0.1.isEmpty })
    }
  }
}
