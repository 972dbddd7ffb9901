// Rows of images in Winograd's domain, sixteen images at a time.

import Numerics

/// How the rows of a convolution of stride 1 are cut into tiles of six or eight pixels that give `outputs` pixels each: F(4, 3), F(2, 5) or
/// F(4, 5) along rows, the plain sum along columns of the image. Six multiplications take the place of 12 and 10, eight that of 20.
struct LaneWinogradTiles {
  /// Pixels a tile reads: the side of ``WinogradSix`` or ``WinogradEight``.
  let side: Int
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
  var transformedCount: Int { side * planeSize }

  init(_ geometry: ConvolutionGeometry, source: [Int], output: [Int]) {
    (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    side = Self.side(taps: kernelColumns, outputWidth: output[3])
    outputs = side + 1 - kernelColumns
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
    return products(side(taps: taps, outputWidth: outputWidth), taps, outputWidth) < outputWidth
      * taps
  }

  /// The tiles that take fewer multiplications.
  private static func side(taps: Int, outputWidth: Int) -> Int {
    taps == 5 && products(8, taps, outputWidth) < products(6, taps, outputWidth) ? 8 : 6
  }

  /// Multiplications of a row.
  private static func products(_ side: Int, _ taps: Int, _ outputWidth: Int) -> Int {
    let outputs = side + 1 - taps
    return (outputWidth + outputs - 1) / outputs * side
  }

  /// Overwrites `target`, (point, channel, row, tile) of sixteen images each, with B^T x of the tiles of some rows of a block of images.
  func transform<Source: LaneView>(
    _ source: Source, block: Int, rows: Range<Int>, into target: FloatView
  ) {
    if side == WinogradEight.side {
      transform(WinogradEight.self, source, block: block, rows: rows, into: target)
    } else {
      transform(WinogradSix.self, source, block: block, rows: rows, into: target)
    }
  }

  @inline(__always)
  private func transform<Transform: WinogradTransform, Source: LaneView>(
    _: Transform.Type, _ source: Source, block: Int, rows own: Range<Int>, into target: FloatView
  ) {
    for channel in 0..<channels {
      let plane = (block * channels + channel) * height * width * 16
      for row in own {
        let sourceRow = row - padding[0]
        let place = (channel * rows + row) * count * 16
        guard 0..<height ~= sourceRow else {
          for point in 0..<side {
            target.slice(point * planeSize + place, count * 16).fill(0)
          }
          continue
        }
        let start = plane + sourceRow * width * 16
        for tile in 0..<count {
          let row = pixels(
            Transform.self, source, start, first: tile * outputs - padding[1])
          Transform.store(
            Transform.inputs(row), target, place + tile * 16, step: planeSize)
        }
      }
    }
  }

  /// A tile's pixels of the row at `start` from column `first` on, zeros over the border.
  @inline(__always)
  private func pixels<Transform: WinogradTransform, Source: LaneView>(
    _: Transform.Type, _ source: Source, _ start: Int, first: Int
  ) -> Transform.Row {
    if first >= 0 && first + Transform.side <= width {
      return Transform.load(source, start &+ first &* 16, step: 16)
    }
    return Transform.row {
      let column = first + $0
      return 0..<width ~= column ? source.vector16(at: start &+ column &* 16) : .zero
    }
  }

  /// Overwrites `target`, (point, filter, row, tile) of sixteen images each, with A y of the tiles of some `rows` of a block of
  /// images of the output's gradient: of some filters.
  func spread<Gradient: LaneView>(
    _ gradient: Gradient, block: Int, filterCount: Int, filters: Range<Int>, rows: Range<Int>,
    into target: FloatView
  ) {
    @inline(__always)
    func spread<Transform: WinogradTransform>(_: Transform.Type, count: Int) {
      self.spread(
        Transform.self, gradient, block: block, filterCount: filterCount, filters: filters,
        rows: rows, count: count, into: target)
    }
    // Counts the compiler knows.
    if side == WinogradEight.side {
      spread(WinogradEight.self, count: 4)
    } else if outputs == 2 {
      spread(WinogradSix.self, count: 2)
    } else {
      spread(WinogradSix.self, count: 4)
    }
  }

  @inline(__always)
  private func spread<Transform: WinogradTransform, Gradient: LaneView>(
    _: Transform.Type, _ gradient: Gradient, block: Int, filterCount: Int, filters: Range<Int>,
    rows: Range<Int>, count outputs: Int, into target: FloatView
  ) {
    let step = filterCount * rows.count * count * 16
    for filter in filters {
      let plane = (block * filterCount + filter) * outputHeight * outputWidth * 16
      for row in rows {
        let start = plane + row * outputWidth * 16
        let place = (filter * rows.count + row - rows.lowerBound) * count * 16
        for tile in 0..<count {
          let first = tile * outputs
          let pixels = Transform.row {
            $0 < outputs && first + $0 < outputWidth
              ? gradient.vector16(at: start &+ (first &+ $0) &* 16) : .zero
          }
          Transform.store(
            Transform.spread(pixels, count: outputs), target, place + tile * 16, step: step)
        }
      }
    }
  }
}
