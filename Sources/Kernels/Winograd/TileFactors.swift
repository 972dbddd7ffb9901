// What the products of Winograd's algorithm are made of.

import Numerics

/// Factors of products that are summed as `Float`: `Float`, or bfloat16 where the processor multiplies pairs of them.
protocol TileFactors: LaneView {
  /// result[j, :] = sum over k < `count` of left[j `row` + k] * right[k, :], rows of sixteen numbers, for each of `blocks`.
  ///
  /// - Parameters:
  ///   - rows: of the result; up to ``TileLayout/tiles`` are overwritten, as many as are computed at once.
  ///   - right: of each block rows of sixteen numbers; of bfloat16 two of them pair by pair.
  static func multiply(
    _ left: Self, rows: Int, row: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>)

  /// result[c, :] = sum over k < `count` of left[k, c] * right[k, :], `channels` rows of sixteen numbers, added to what is
  /// there where `accumulating`, for each of `blocks`.
  ///
  /// - Parameters:
  ///   - left: rows of `channels` numbers, `right`: of each block rows of sixteen; of bfloat16 two rows of each pair by pair.
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>, accumulating: Bool)
}

extension VectorView: TileFactors where Element == Float {
  @inline(__always)
  static func multiply(
    _ left: Self, rows: Int, row: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>
  ) {
    let single = inPairs(blocks) { block in
      for first in stride(from: 0, to: rows, by: 8) {
        RegisterTilePair.multiply(
          RegisterTilePair.Operands(
            a: left.slice(first * row, 8 * row), row: row, step: 1,
            b: (right[block], right[block + 1]), count: count),
          into: (
            result[block].slice(first * 16, 128), result[block + 1].slice(first * 16, 128)
          ))
      }
    }
    for block in single {
      for first in stride(from: 0, to: rows, by: RegisterTile.rows) {
        @inline(__always)
        func tile(_ rows: Int) {
          RegisterTile.tile(
            RegisterTile.Operands(
              a: left.slice(first * row, rows * row), b: right[block], count: count), rows: rows,
            row: { $0 &* row }, step: { $0 }, into: result[block].slice(first * 16, rows * 16))
        }
        // Counts the compiler knows.
        if RegisterTile.rows == 12 { tile(12) } else { tile(6) }
      }
    }
  }

  @inline(__always)
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>, accumulating: Bool
  ) {
    let single = inPairs(blocks) { block in
      for channel in stride(from: 0, to: channels, by: 8) {
        RegisterTilePair.multiply(
          RegisterTilePair.Operands(
            a: left.slice(channel, left.count - channel), row: 1, step: channels,
            b: (right[block], right[block + 1]), count: count),
          into: (
            result[block].slice(channel * 16, 128), result[block + 1].slice(channel * 16, 128)
          ), accumulating: accumulating)
      }
    }
    for block in single {
      for channel in stride(from: 0, to: channels, by: 16) {
        RegisterTile.tiles(
          RegisterTile.Operands(
            a: left.slice(channel, left.count - channel), b: right[block], count: count),
          rows: 16, row: { $0 }, step: { $0 &* channels },
          into: result[block].slice(channel * 16, 256), accumulating: accumulating)
      }
    }
  }

  /// Calls `body` with every second of `blocks` where two can be taken together; returns those that are left.
  @inline(__always)
  private static func inPairs(_ blocks: Range<Int>, _ body: (Int) -> Void) -> Range<Int> {
    guard RegisterTilePair.isSupported else { return blocks }
    var block = blocks.lowerBound
    while block + 2 <= blocks.upperBound {
      body(block)
      block += 2
    }
    return block..<blocks.upperBound
  }
}

extension BFloat16View: TileFactors {
  private static var rowsAtOnce: Int { 8 }

  @inline(__always)
  static func multiply(
    _ left: Self, rows: Int, row: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>
  ) {
    for block in blocks {
      for first in stride(from: 0, to: rows, by: rowsAtOnce) {
        multiplyEightRows(
          left.slice(first * row, rowsAtOnce * row), row: row / 2, step: 1, right[block],
          count: (count + 1) / 2, into: result[block].slice(first * 16, rowsAtOnce * 16))
      }
    }
  }

  @inline(__always)
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: TileBlocks<Self>, _ blocks: Range<Int>, count: Int,
    into result: TileBlocks<FloatView>, accumulating: Bool
  ) {
    for block in blocks {
      for channel in stride(from: 0, to: channels, by: rowsAtOnce) {
        multiplyEightRows(
          left.slice(2 * channel, left.count - 2 * channel), row: 1, step: channels, right[block],
          count: (count + 1) / 2, into: result[block].slice(channel * 16, 128),
          accumulating: accumulating)
      }
    }
  }
}

extension FloatView {
  /// The first part of this memory as `count` numbers stored as `View` has it.
  func stored<View: LaneView>(as type: View.Type, count: Int) -> View {
    precondition(count <= self.count, "TileFactors: \(count) numbers in the place of \(self.count)")
    return View(at: UnsafeMutableRawPointer(baseAddress), count: count)
  }
}
