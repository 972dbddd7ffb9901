// The gradient of a convolution's kernels, of sixteen images at a time.

import Numerics

/// The kernels' gradient: for each filter and tap the sum over pixels of the output's gradient times the source, image by
/// image, and at last the sum over images; and the bias', the output gradient's sum.
///
/// Cost: 2 FLOPs a tap, pixel of the output and image; taps over the border cost nothing.
final class LaneWeightPass: OperatorPass {
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
    sums.fill(0)
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
    for index in 0..<slice.kernels.count {
      slice.kernels[index] = sums.vector16(at: 16 * index).laneSum
    }
    if let bias = slice.bias { biasSums.evaluate(into: bias) }
  }

  /// Filters whose sums of five taps fit into registers.
  private static let filtersTogether = CompiledCode.simdWidth >= 512 ? 4 : 1

  /// Row by row of the output, whose gradient's row stays in the first-level cache for all taps.
  private func execute<Source: LaneView, Gradient: LaneView>(
    _ pixels: Source, _ gradient: Gradient, into sums: FloatView
  ) {
    let (stride, padding) = (geometry.stride[0], geometry.paddingBefore[0])
    let (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    for row in 0..<outputHeight {
      for u in 0..<kernelRows {
        let sourceRow = row * stride + u - padding
        guard 0..<height ~= sourceRow else { continue }
        for channel in 0..<channels {
          for group in groups {
            let rows = Rows(
              x: (channel * height + sourceRow) * width * 16,
              xBlock: channels * height * width * 16,
              g: row * outputWidth * 16, gPlane: outputHeight * outputWidth * 16,
              gBlock: filters * outputHeight * outputWidth * 16,
              sum: (channel * kernelRows + u) * kernelColumns * 16, kernelStep: kernelCount * 16)
            multiply(pixels, gradient, rows, taps: group.taps, inside: group.inside, into: sums)
            for (tap, columns) in group.beside {
              multiply(pixels, gradient, rows, taps: tap..<tap + 1, inside: columns, into: sums)
            }
          }
        }
      }
    }
  }

  /// Where one row of the source, of the output's gradient and of sums begins.
  private struct Rows {
    var x: Int
    var xBlock: Int
    var g: Int
    var gPlane: Int
    var gBlock: Int
    var sum: Int
    var kernelStep: Int
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

  @inline(__always)
  private func multiply<Source: LaneView, Gradient: LaneView>(
    _ x: Source, _ g: Gradient, _ rows: Rows, taps: Range<Int>, inside: Range<Int>,
    into sums: FloatView
  ) {
    guard !inside.isEmpty else { return }
    var filter = 0
    while filter < filters {
      // Beyond the last filter of a tile it is the last again.
      let together = min(Self.filtersTogether, filters - filter > 2 ? 4 : 2)
      func first(_ index: Int) -> Int { min(filter &+ index, filters &- 1) }
      let four = (first(0), first(1), first(2), first(3))
      @inline(__always)
      func sum(taps count: Int) {
        switch together {
        case 4: tile(x, g, rows, taps.lowerBound, count, four, 4, inside, into: sums)
        case 2: tile(x, g, rows, taps.lowerBound, count, four, 2, inside, into: sums)
        default: tile(x, g, rows, taps.lowerBound, count, four, 1, inside, into: sums)
        }
      }
      // Counts the compiler knows.
      switch taps.count {
      case 5: sum(taps: 5)
      case 4: sum(taps: 4)
      case 3: sum(taps: 3)
      case 2: sum(taps: 2)
      default: sum(taps: 1)
      }
      filter += together
    }
  }

  /// `count` taps of `filterCount` of the filters `f`, over all images.
  @inline(__always)
  private func tile<Source: LaneView, Gradient: LaneView>(
    _ x: Source, _ g: Gradient, _ rows: Rows, _ tap: Int, _ count: Int,
    _ f: (Int, Int, Int, Int), _ filterCount: Int, _ columns: Range<Int>, into sums: FloatView
  ) {
    let step = geometry.stride[1] * 16
    let start = (
      rows.sum &+ tap &* 16 &+ f.0 &* rows.kernelStep,
      rows.sum &+ tap &* 16 &+ f.1 &* rows.kernelStep,
      rows.sum &+ tap &* 16 &+ f.2 &* rows.kernelStep,
      rows.sum &+ tap &* 16 &+ f.3 &* rows.kernelStep
    )
    var c0 = load(sums, start.0, count)
    var c1 = load(sums, filterCount > 1 ? start.1 : start.0, count)
    var c2 = load(sums, filterCount > 2 ? start.2 : start.0, count)
    var c3 = load(sums, filterCount > 2 ? start.3 : start.0, count)
    for block in 0..<blockCount {
      var place =
        rows.x &+ block &* rows.xBlock &+ columns.lowerBound &* step
        &+ (tap &- geometry.paddingBefore[1]) &* 16
      let plane = rows.g &+ block &* rows.gBlock
      let g0 = plane &+ f.0 &* rows.gPlane
      let (g1, g2, g3) = (
        plane &+ f.1 &* rows.gPlane, plane &+ f.2 &* rows.gPlane, plane &+ f.3 &* rows.gPlane
      )
      for column in columns {
        let five = load(x, place, count)
        add(&c0, g.vector16(at: g0 &+ column &* 16), five, count)
        if filterCount > 1 { add(&c1, g.vector16(at: g1 &+ column &* 16), five, count) }
        if filterCount > 2 {
          add(&c2, g.vector16(at: g2 &+ column &* 16), five, count)
          add(&c3, g.vector16(at: g3 &+ column &* 16), five, count)
        }
        place &+= step
      }
    }
    store(c0, sums, start.0, count)
    if filterCount > 1 { store(c1, sums, start.1, count) }
    if filterCount > 2 {
      store(c2, sums, start.2, count)
      store(c3, sums, start.3, count)
    }
  }

  private typealias Five = (
    SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>
  )

  @inline(__always)
  private func add(_ sums: inout Five, _ g: SIMD16<Float>, _ x: Five, _ count: Int) {
    sums.0.addProduct(g, x.0)
    if count > 1 { sums.1.addProduct(g, x.1) }
    if count > 2 { sums.2.addProduct(g, x.2) }
    if count > 3 { sums.3.addProduct(g, x.3) }
    if count > 4 { sums.4.addProduct(g, x.4) }
  }

  @inline(__always)
  private func load<View: LaneView>(_ view: View, _ start: Int, _ count: Int) -> Five {
    (
      view.vector16(at: start), count > 1 ? view.vector16(at: start &+ 16) : .zero,
      count > 2 ? view.vector16(at: start &+ 32) : .zero,
      count > 3 ? view.vector16(at: start &+ 48) : .zero,
      count > 4 ? view.vector16(at: start &+ 64) : .zero
    )
  }

  @inline(__always)
  private func store(_ five: Five, _ sums: FloatView, _ start: Int, _ count: Int) {
    sums.setVector16(five.0, at: start)
    if count > 1 { sums.setVector16(five.1, at: start &+ 16) }
    if count > 2 { sums.setVector16(five.2, at: start &+ 32) }
    if count > 3 { sums.setVector16(five.3, at: start &+ 48) }
    if count > 4 { sums.setVector16(five.4, at: start &+ 64) }
  }
}
