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
  /// Whether source and output are too large for the second-level cache.
  let areFarAway: Bool

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
    let numbers =
      sourceBlocks * sourceHeight * sourceWidth + outputBlocks * outputHeight * outputWidth
    areFarAway = source[0] * numbers * 16 > 250_000
  }

  /// The kernel sizes there are transforms for.
  static func supports(taps: Int) -> Bool { taps == 3 || taps == 5 }

  /// Groups of tiles that are taken together.
  var together: Range<Int> { 0..<(count + TileLayout.tiles - 1) / TileLayout.tiles }

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
    _ source: Source, _ place: Place, block: Int, into target: Target, offset: Int, step: Int,
    scratch: FloatView
  ) {
    let patch = Patch(
      source, plane: place.image * sourceBlocks + block, row: place.row - padding[0],
      column: place.column - padding[1], height: sourceHeight, width: sourceWidth,
      side: WinogradTransform.side)
    @inline(__always)
    func transform(columns first: Int, _ end: Int) {
      WinogradTransform.transformInputs(
        row: { patch.row($0, columns: first, end) }, into: target, place: offset, step: step,
        scratch: scratch)
    }
    // Columns the compiler knows: inside, and at the borders of kernels of 3x3 and 5x5.
    switch (patch.columns.lowerBound, patch.columns.upperBound) {
    case (0, 6): transform(columns: 0, 6)
    case (1, 6): transform(columns: 1, 6)
    case (0, 5): transform(columns: 0, 5)
    case (2, 6): transform(columns: 2, 6)
    case (0, 4): transform(columns: 0, 4)
    case (let first, let end): transform(columns: first, end)
    }
  }

  /// As ``transformSource``, A y A^T of the output's pixels.
  @inline(__always)
  func spreadOutput<Output: LaneView>(
    _ output: Output, _ place: Place, block: Int, into target: FloatView, offset: Int, step: Int,
    scratch: FloatView
  ) {
    let patch = Patch(
      output, plane: place.image * outputBlocks + block, row: place.row, column: place.column,
      height: outputHeight, width: outputWidth, side: outputs)
    @inline(__always)
    func spread(count: Int, columns: Int) {
      WinogradTransform.spreadTile(
        count: count, row: { patch.row($0, columns: 0, columns) }, into: target, place: offset,
        step: step, scratch: scratch)
    }
    // Counts the compiler knows.
    switch (outputs, patch.columns.count) {
    case (2, 2): spread(count: 2, columns: 2)
    case (2, let columns): spread(count: 2, columns: columns)
    case (_, 4): spread(count: 4, columns: 4)
    case (_, let columns): spread(count: 4, columns: columns)
    }
  }

  // MARK: Prefetching

  /// Asks for the pixels that a tile reads and the one before did not.
  @inline(__always)
  func prefetchSource<Source: LaneView>(_ source: Source, _ place: Place) {
    let rest = WinogradTransform.side - outputs
    let row = place.row - padding[0] + rest
    let column = place.column - padding[1] + rest
    for block in 0..<sourceBlocks {
      prefetch(
        source, plane: place.image * sourceBlocks + block,
        rows: row..<max(row, min(row + outputs, sourceHeight)),
        columns: column..<max(column, min(column + outputs, sourceWidth)), height: sourceHeight,
        width: sourceWidth, forWriting: false)
    }
  }

  /// Asks for the pixels that a tile writes.
  @inline(__always)
  func prefetchOutput<Output: LaneView>(_ output: Output, _ place: Place, forWriting: Bool = true) {
    for block in 0..<outputBlocks {
      prefetch(
        output, plane: place.image * outputBlocks + block,
        rows: place.row..<min(place.row + outputs, outputHeight),
        columns: place.column..<min(place.column + outputs, outputWidth), height: outputHeight,
        width: outputWidth, forWriting: forWriting)
    }
  }

  @inline(__always)
  private func prefetch<View: LaneView>(
    _ view: View, plane: Int, rows: Range<Int>, columns: Range<Int>, height: Int, width: Int,
    forWriting: Bool
  ) {
    for row in rows {
      let start = ((plane &* height &+ row) &* width &+ columns.lowerBound) &* 16
      for index in 0..<columns.count {
        view.prefetch16(at: start &+ index &* 16, forWriting: forWriting)
      }
    }
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
  let columns: Range<Int>

  @inline(__always)
  init(
    _ view: View, plane: Int, row: Int, column: Int, height: Int, width: Int, side: Int
  ) {
    self.view = view
    start = ((plane * height + row) * width + column) * 16
    rowStep = width * 16
    rows = max(0, -row)..<max(0, -row, min(side, height - row))
    columns = max(0, -column)..<max(0, -column, min(side, width - column))
  }

  /// A row's pixels from column `first` to before `end`, zeros beside them.
  @inline(__always)
  func row(_ row: Int, columns first: Int, _ end: Int) -> WinogradTransform.Six {
    guard rows.contains(row) else { return (.zero, .zero, .zero, .zero, .zero, .zero) }
    let begin = start &+ row &* rowStep
    @inline(__always)
    func pixel(_ column: Int) -> WinogradTransform.Lanes {
      first <= column && column < end ? view.vector16(at: begin &+ column &* 16) : .zero
    }
    return (pixel(0), pixel(1), pixel(2), pixel(3), pixel(4), pixel(5))
  }
}
