// Which tiles a convolution is cut into, and their pixels.

import TensorCore

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
  /// block of the source's channels. `scratch`: patchCount + WinogradTransform.scratchCount numbers.
  @inline(__always)
  func transformSource<Source: LaneView, Target: LaneView>(
    _ source: Source, _ place: Place, block: Int, into target: Target, offset: Int,
    step: Int, scratch: FloatView
  ) {
    let plane = (place.image * sourceBlocks + block) * sourceHeight * sourceWidth * 16
    let (row, column) = (place.row - padding[0], place.column - padding[1])
    let side = WinogradTransform.side
    let temporary = scratch.slice(Self.patchCount, WinogradTransform.scratchCount)
    if row >= 0 && column >= 0 && row + side <= sourceHeight && column + side <= sourceWidth {
      WinogradTransform.transformInputs(
        source, start: plane + (row * sourceWidth + column) * 16, rowStep: sourceWidth * 16,
        into: target, place: offset, step: step, scratch: temporary)
    } else {
      copyPatch(
        source, plane: plane, row: row, column: column, side: side, height: sourceHeight,
        width: sourceWidth, into: scratch)
      WinogradTransform.transformInputs(
        scratch, start: 0, rowStep: side * 16, into: target, place: offset, step: step,
        scratch: temporary)
    }
  }

  /// As ``transformSource``, A y A^T of the output's pixels.
  @inline(__always)
  func spreadOutput<Output: LaneView>(
    _ output: Output, _ place: Place, block: Int, into target: FloatView, offset: Int,
    step: Int, scratch: FloatView
  ) {
    let plane = (place.image * outputBlocks + block) * outputHeight * outputWidth * 16
    let temporary = scratch.slice(Self.patchCount, WinogradTransform.scratchCount)
    if place.row + outputs <= outputHeight && place.column + outputs <= outputWidth {
      spread(
        output, start: plane + (place.row * outputWidth + place.column) * 16,
        rowStep: outputWidth * 16, into: target, place: offset, step: step, scratch: temporary)
    } else {
      copyPatch(
        output, plane: plane, row: place.row, column: place.column, side: outputs,
        height: outputHeight, width: outputWidth, into: scratch)
      spread(
        scratch, start: 0, rowStep: outputs * 16, into: target, place: offset, step: step,
        scratch: temporary)
    }
  }

  /// ``WinogradTransform/spreadTile(_:start:rowStep:count:into:place:step:scratch:)`` of `outputs` pixels a side, which the
  /// compiler shall know.
  @inline(__always)
  private func spread<Pixels: LaneView>(
    _ pixels: Pixels, start: Int, rowStep: Int, into target: FloatView, place: Int, step: Int,
    scratch: FloatView
  ) {
    if outputs == 2 {
      WinogradTransform.spreadTile(
        pixels, start: start, rowStep: rowStep, count: 2, into: target, place: place, step: step,
        scratch: scratch)
    } else {
      WinogradTransform.spreadTile(
        pixels, start: start, rowStep: rowStep, count: 4, into: target, place: place, step: step,
        scratch: scratch)
    }
  }

  /// Numbers of a patch of pixels.
  static let patchCount = WinogradTransform.points * 16
  /// Scratch numbers that work on one tile needs.
  static let scratchCount = patchCount + WinogradTransform.scratchCount

  /// Overwrites `patch` with `side` x `side` pixels of a plane, zero outside of it.
  private func copyPatch<View: LaneView>(
    _ view: View, plane: Int, row: Int, column: Int, side: Int, height: Int, width: Int,
    into patch: FloatView
  ) {
    for y in 0..<side {
      for x in 0..<side {
        let isInside =
          row + y >= 0 && row + y < height && column + x >= 0 && column + x < width
        patch.setVector16(
          isInside ? view.vector16(at: plane + ((row + y) * width + column + x) * 16) : .zero,
          at: (y * side + x) * 16)
      }
    }
  }
}
