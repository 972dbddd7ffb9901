// What the products of Winograd's algorithm are made of.

import Numerics

/// Factors of products that are summed as `Float`: `Float`, or bfloat16 where the processor multiplies pairs of them.
protocol TileFactors: LaneView {
  /// Rows of a product that are computed at once.
  static var rows: Int { get }

  /// result[j, :] = sum over k < `count` of left[j `row` + k] * right[k, :], ``rows`` rows of sixteen numbers.
  ///
  /// - Parameter right: rows of sixteen numbers; of bfloat16 two of them pair by pair.
  static func multiply(_ left: Self, row: Int, _ right: Self, count: Int, into result: FloatView)

  /// result[c, :] = sum over k < `count` of left[k, c] * right[k, :], `channels` rows of sixteen numbers, added to what is
  /// there where `accumulating`.
  ///
  /// - Parameters:
  ///   - left: rows of `channels` numbers, `right`: rows of sixteen; of bfloat16 two rows of each pair by pair.
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: Self, count: Int, into result: FloatView,
    accumulating: Bool)
}

extension VectorView: TileFactors where Element == Float {
  static var rows: Int { RegisterTile.rows }

  @inline(__always)
  static func multiply(_ left: Self, row: Int, _ right: Self, count: Int, into result: FloatView) {
    @inline(__always)
    func tile(_ rows: Int) {
      RegisterTile.tile(
        RegisterTile.Operands(a: left, b: right, count: count), rows: rows, row: { $0 &* row },
        step: { $0 }, into: result)
    }
    // Counts the compiler knows.
    if rows == 12 { tile(12) } else { tile(6) }
  }

  @inline(__always)
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: Self, count: Int, into result: FloatView,
    accumulating: Bool
  ) {
    for channel in stride(from: 0, to: channels, by: 16) {
      RegisterTile.tiles(
        RegisterTile.Operands(
          a: left.slice(channel, left.count - channel), b: right, count: count), rows: 16,
        row: { $0 }, step: { $0 &* channels }, into: result.slice(channel * 16, 256),
        accumulating: accumulating)
    }
  }
}

extension BFloat16View: TileFactors {
  static var rows: Int { 8 }

  @inline(__always)
  static func multiply(_ left: Self, row: Int, _ right: Self, count: Int, into result: FloatView) {
    multiplyEightRows(
      left, row: row / 2, step: 1, right, count: (count + 1) / 2, into: result)
  }

  @inline(__always)
  static func multiplyTransposed(
    _ left: Self, channels: Int, _ right: Self, count: Int, into result: FloatView,
    accumulating: Bool
  ) {
    for channel in stride(from: 0, to: channels, by: rows) {
      multiplyEightRows(
        left.slice(2 * channel, left.count - 2 * channel), row: 1, step: channels, right,
        count: (count + 1) / 2, into: result.slice(channel * 16, 128), accumulating: accumulating)
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
