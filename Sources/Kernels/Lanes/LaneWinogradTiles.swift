// Rows of images in Winograd's domain, sixteen images at a time.

import Numerics

/// How the rows of a convolution of stride 1 are cut into tiles of six pixels that give `outputs` pixels each: F(4, 3) or F(2, 5) along
/// rows, the plain sum along columns of the image. Six multiplications take the place of 12 and 10.
struct LaneWinogradTiles {
  /// Pixels a tile gives.
  let outputs: Int
  let channels: Int
  let height: Int
  let width: Int
  let outputHeight: Int
  let outputWidth: Int
  let kernelRows: Int
  let kernelColumns: Int
  /// Tiles of a row.
  let count: Int
  /// Rows of the source with those of zeros above and below.
  let rows: Int
  private let padding: [Int]

  /// Numbers of all transformed rows at one point.
  var planeSize: Int { channels * rows * count * 16 }
  /// Numbers of ``transform(_:block:into:)``'s result.
  var transformedCount: Int { WinogradSix.side * planeSize }

  init(_ geometry: ConvolutionGeometry, source: [Int], output: [Int]) {
    (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    outputs = WinogradSix.side + 1 - kernelColumns
    (channels, height, width) = (source[1], source[2], source[3])
    (outputHeight, outputWidth) = (output[2], output[3])
    padding = geometry.paddingBefore
    count = (output[3] + outputs - 1) / outputs
    rows = output[2] + kernelRows - 1
  }

  /// Whether there are transforms for the kernel, and fewer multiplications with them.
  static func suit(_ geometry: ConvolutionGeometry, outputWidth: Int) -> Bool {
    let taps = geometry.kernel[1]
    guard geometry.stride == [1, 1] && WinogradTiles.supports(taps: taps) else { return false }
    let outputs = WinogradSix.side + 1 - taps
    return (outputWidth + outputs - 1) / outputs * WinogradSix.side < outputWidth * taps
  }

  /// Overwrites `target`, (point, channel, row, tile) of sixteen images each, with B^T x of the tiles of some rows of a block of images.
  func transform<Source: LaneView>(
    _ source: Source, block: Int, rows own: Range<Int>, into target: FloatView
  ) {
    for channel in 0..<channels {
      let plane = (block * channels + channel) * height * width * 16
      for row in own {
        let sourceRow = row - padding[0]
        let place = (channel * rows + row) * count * 16
        guard 0..<height ~= sourceRow else {
          for point in 0..<WinogradSix.side {
            target.slice(point * planeSize + place, count * 16).fill(0)
          }
          continue
        }
        let start = plane + sourceRow * width * 16
        for tile in 0..<count {
          let six = pixels(source, start, first: tile * outputs - padding[1])
          WinogradSix.store(
            WinogradSix.inputs(six), target, place + tile * 16, step: planeSize)
        }
      }
    }
  }

  /// Six pixels of the row at `start` from column `first` on, zeros over the border.
  @inline(__always)
  private func pixels<Source: LaneView>(_ source: Source, _ start: Int, first: Int)
    -> WinogradSix.Row
  {
    if first >= 0 && first + WinogradSix.side <= width {
      return WinogradSix.load(source, start &+ first &* 16, step: 16)
    }
    func pixel(_ index: Int) -> SIMD16<Float> {
      let column = first + index
      return 0..<width ~= column ? source.vector16(at: start &+ column &* 16) : .zero
    }
    return (pixel(0), pixel(1), pixel(2), pixel(3), pixel(4), pixel(5))
  }

  /// Overwrites `target`, (point, filter, row, tile) of sixteen images each, with A y of the tiles of some `rows` of a block of
  /// images of the output's gradient: of some filters.
  func spread<Gradient: LaneView>(
    _ gradient: Gradient, block: Int, filterCount: Int, filters: Range<Int>, rows: Range<Int>,
    into target: FloatView
  ) {
    if outputs == 2 {
      spread(
        gradient, block: block, filterCount: filterCount, filters: filters, rows: rows, count: 2,
        into: target)
    } else {
      spread(
        gradient, block: block, filterCount: filterCount, filters: filters, rows: rows, count: 4,
        into: target)
    }
  }

  @inline(__always)
  private func spread<Gradient: LaneView>(
    _ gradient: Gradient, block: Int, filterCount: Int, filters: Range<Int>, rows: Range<Int>,
    count outputs: Int, into target: FloatView
  ) {
    let step = filterCount * rows.count * count * 16
    for filter in filters {
      let plane = (block * filterCount + filter) * outputHeight * outputWidth * 16
      for row in rows {
        let start = plane + row * outputWidth * 16
        let place = (filter * rows.count + row - rows.lowerBound) * count * 16
        for tile in 0..<count {
          let first = tile * outputs
          func pixel(_ index: Int) -> SIMD16<Float> {
            index < outputs && first + index < outputWidth
              ? gradient.vector16(at: start &+ (first &+ index) &* 16) : .zero
          }
          let six = (pixel(0), pixel(1), pixel(2), pixel(3), pixel(4), pixel(5))
          WinogradSix.store(
            WinogradSix.spread(six, count: outputs), target, place + tile * 16, step: step)
        }
      }
    }
  }
}
