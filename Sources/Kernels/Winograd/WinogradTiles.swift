// Which tiles a convolution is cut into, and their pixels.

import Host
import Numerics

/// How the images of a convolution of stride 1 are cut into tiles.
///
/// A tile reads `side` x `side` pixels of the source and writes `outputs` x `outputs` pixels beside each other; those
/// over the border are zero where read and dropped where written. Tiles of all images are in one
/// row: (image, tile row, tile column).
struct WinogradTiles {
  /// Pixels a tile reads along one side: that of ``WinogradSix`` or ``WinogradEight``.
  let side: Int
  /// Pixels a tile writes along one side: m of F(m, r).
  let outputs: Int
  /// Taps along one side of a kernel: r.
  var taps: Int { side + 1 - outputs }
  var points: Int { side * side }
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
  /// Runs of groups of tiles over which a kernel's gradient is summed by itself, before these sums are added up in their order. They are the same
  /// whoever computes them, and so long that adding up takes little.
  let runCount: Int

  /// - Parameters:
  ///   - source: (image, channel, row, column), in blocks of sixteen channels; `output` likewise.
  ///   - isExact: whether tiles may be of eight pixels, whose rounding errors are larger: not where factors are rounded to bfloat16.
  init(source: [Int], output: [Int], taps: Int, padding: [Int], isExact: Bool) {
    func products(_ side: Int) -> Int {
      let outputs = side + 1 - taps
      let (rows, columns) = (
        (output[2] + outputs - 1) / outputs, (output[3] + outputs - 1) / outputs
      )
      return rows * columns * side * side
    }
    side = isExact && taps == 5 && products(8) < products(6) ? 8 : 6
    outputs = side + 1 - taps
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
    runCount = max(1, min(Self.mostRuns, count / Self.runLength))
  }

  /// Tiles of a run, at least.
  private static let runLength = 256
  private static let mostRuns = 8

  /// The kernel sizes there are transforms for.
  static func supports(taps: Int) -> Bool { taps == 3 || taps == 5 }

  /// Groups of tiles that are taken together.
  var together: Range<Int> { 0..<(count + TileLayout.tiles - 1) / TileLayout.tiles }

  /// The groups of a run.
  func run(_ run: Int) -> Range<Int> { together.part(run, of: runCount) }

  /// The tiles of a group.
  @inline(__always)
  func group(_ group: Int) -> Range<Int> {
    group * TileLayout.tiles..<min((group + 1) * TileLayout.tiles, count)
  }

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

  /// Overwrites `target` (vectors of sixteen for each point, `step` apart, from `offset` on) with B^T d B of one tile of one
  /// block of the source's channels, of its results' columns `wanted`. `scratch`: the transform's scratchCount numbers.
  @inline(__always)
  func transformSource<Transform: WinogradTransform, Source: LaneView, Target: LaneView>(
    _: Transform.Type, _ source: Source, _ place: Place, block: Int,
    _ wanted: Range<Int> = 0..<Transform.side, into target: Target, offset: Int, step: Int,
    scratch: FloatView
  ) {
    let side = Transform.side
    let patch = Patch(
      source, plane: place.image * sourceBlocks + block, row: place.row - padding[0],
      column: place.column - padding[1], height: sourceHeight, width: sourceWidth,
      side: side)
    @inline(__always)
    func transform(columns first: Int, _ end: Int) {
      Transform.transformInputs(
        row: { patch.row($0, columns: first, end, of: Transform.self) }, columns: wanted,
        into: target, place: offset, step: step, scratch: scratch)
    }
    // Columns the compiler knows: inside, and at the borders of kernels of 3x3 and 5x5.
    switch (patch.columns.lowerBound, patch.columns.upperBound) {
    case (0, side): transform(columns: 0, side)
    case (1, side): transform(columns: 1, side)
    case (0, side - 1): transform(columns: 0, side - 1)
    case (2, side): transform(columns: 2, side)
    case (0, side - 2): transform(columns: 0, side - 2)
    case (let first, let end): transform(columns: first, end)
    }
  }

  /// As ``transformSource``, A y A^T of the output's pixels.
  @inline(__always)
  func spreadOutput<Transform: WinogradTransform, Output: LaneView>(
    _: Transform.Type, _ output: Output, _ place: Place, block: Int, _ wanted: Range<Int>,
    into target: FloatView, offset: Int, step: Int, scratch: FloatView
  ) {
    let patch = Patch(
      output, plane: place.image * outputBlocks + block, row: place.row, column: place.column,
      height: outputHeight, width: outputWidth, side: outputs)
    @inline(__always)
    func spread(count: Int, columns: Int) {
      Transform.spreadTile(
        count: count, row: { patch.row($0, columns: 0, columns, of: Transform.self) },
        columns: wanted, into: target, place: offset, step: step, scratch: scratch)
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
    let rest = side - outputs
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
  func row<Transform: WinogradTransform>(
    _ row: Int, columns first: Int, _ end: Int, of _: Transform.Type
  ) -> Transform.Row {
    guard rows.contains(row) else { return Transform.row { _ in .zero } }
    let begin = start &+ row &* rowStep
    return Transform.row {
      first <= $0 && $0 < end ? view.vector16(at: begin &+ $0 &* 16) : .zero
    }
  }
}
