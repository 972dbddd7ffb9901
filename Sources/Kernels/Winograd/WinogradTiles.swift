// Which tiles a convolution is cut into, and their pixels.

import Numerics

/// How the images of a convolution of stride 1 are cut into tiles.
///
/// A tile reads 6 x 6 pixels of the source and writes `outputs` x `outputs` pixels beside each other; those
/// over the border are zero where read and dropped where written. Tiles of all images are in one
/// row: (image, tile row, tile column).
struct WinogradTiles {
  /// Pixels a tile writes along one side: m of F(m, r).
  let outputs: Int
  /// Taps along one side of a kernel: r.
  var taps: Int { WinogradTransform.side + 1 - outputs }
  let sourceBlocks: Int
  let sourceHeight: Int
  let sourceWidth: Int
  let outputBlocks: Int
  let outputHeight: Int
  let outputWidth: Int
  /// Zeros before the source's first row and column.
  let padding: [Int]
  let rows: Int
  let columns: Int
  let count: Int

  /// - Parameters:
  ///   - source: (image, channel, row, column), in blocks of sixteen channels; `output` likewise.
  init(source: [Int], output: [Int], taps: Int, padding: [Int]) {
    outputs = WinogradTransform.side + 1 - taps
    sourceBlocks = (source[1] + 15) / 16
    (sourceHeight, sourceWidth) = (source[2], source[3])
    outputBlocks = (output[1] + 15) / 16
    (outputHeight, outputWidth) = (output[2], output[3])
    self.padding = padding
    rows = (outputHeight + outputs - 1) / outputs
    columns = (outputWidth + outputs - 1) / outputs
    count = source[0] * rows * columns
  }

  /// The kernel sizes there are transforms for.
  static func supports(taps: Int) -> Bool { taps == 3 || taps == 5 }

  struct Place {
    var image: Int
    /// First output row and column.
    var row: Int
    var column: Int
  }

  @inline(__always)
  func place(_ tile: Int) -> Place {
    let inImage = rows * columns
    let (image, rest) = (tile / inImage, tile % inImage)
    return Place(
      image: image, row: rest / columns * outputs, column: rest % columns * outputs)
  }

  /// Overwrites `target` (36 numbers-of-sixteen `step` apart, from `offset` on) with B^T d B of one tile of one
  /// block of the source's channels. `scratch`: WinogradTransform.scratchCount numbers.
  @inline(__always)
  func transformSource<Source: LaneView, Target: LaneView>(
    _ source: Source, _ place: Place, block: Int, into target: Target, offset: Int,
    step: Int, scratch: FloatView
  ) {
    let patch = Patch(
      source, plane: place.image * sourceBlocks + block, row: place.row - padding[0],
      column: place.column - padding[1], height: sourceHeight, width: sourceWidth,
      side: WinogradTransform.side)
    if patch.isInside {
      WinogradTransform.transformInputs(
        row: { patch.whole($0, count: 6) }, into: target, place: offset, step: step,
        scratch: scratch)
    } else {
      WinogradTransform.transformInputs(
        row: { patch.filled($0, count: 6) }, into: target, place: offset, step: step,
        scratch: scratch)
    }
  }

  /// As ``transformSource``, A y A^T of the output's pixels.
  @inline(__always)
  func spreadOutput<Output: LaneView>(
    _ output: Output, _ place: Place, block: Int, into target: FloatView, offset: Int,
    step: Int, scratch: FloatView
  ) {
    let patch = Patch(
      output, plane: place.image * outputBlocks + block, row: place.row, column: place.column,
      height: outputHeight, width: outputWidth, side: outputs)
    @inline(__always)
    func spread(count: Int) {
      if patch.isInside {
        WinogradTransform.spreadTile(
          count: count, row: { patch.whole($0, count: count) }, into: target, place: offset,
          step: step, scratch: scratch)
      } else {
        WinogradTransform.spreadTile(
          count: count, row: { patch.filled($0, count: count) }, into: target, place: offset,
          step: step, scratch: scratch)
      }
    }
    // Counts the compiler knows.
    if outputs == 2 { spread(count: 2) } else { spread(count: 4) }
  }
}

/// A square of pixels of one image and block of channels, which may reach over its borders.
private struct Patch<View: LaneView> {
  private let view: View
  /// Where its first pixel is or, over the border, would be.
  private let start: Int
  private let rowStep: Int
  /// Rows and columns inside the image.
  private let rows: Range<Int>
  private let columns: Range<Int>
  let isInside: Bool

  @inline(__always)
  init(
    _ view: View, plane: Int, row: Int, column: Int, height: Int, width: Int, side: Int
  ) {
    self.view = view
    start = ((plane * height + row) * width + column) * 16
    rowStep = width * 16
    rows = max(0, -row)..<max(0, -row, min(side, height - row))
    columns = max(0, -column)..<max(0, -column, min(side, width - column))
    isInside = rows.count == side && columns.count == side
  }

  /// A row's first `count` pixels, all of them inside.
  @inline(__always)
  func whole(_ row: Int, count: Int) -> WinogradTransform.Six {
    WinogradTransform.load(view, start &+ row &* rowStep, step: 16, count: count)
  }

  /// A row's first `count` pixels, zeros over the border.
  @inline(__always)
  func filled(_ row: Int, count: Int) -> WinogradTransform.Six {
    guard rows.contains(row) else { return (.zero, .zero, .zero, .zero, .zero, .zero) }
    let first = start &+ row &* rowStep
    func pixel(_ column: Int) -> WinogradTransform.Lanes {
      column < count && columns.contains(column)
        ? view.vector16(at: first &+ column &* 16) : .zero
    }
    return (pixel(0), pixel(1), pixel(2), pixel(3), pixel(4), pixel(5))
  }
}
